namespace TunStats.Flows;

/// <summary>The sums of a group.</summary>
/// <param name="Counts">Packets and bytes.</param>
/// <param name="Connections">The number of connections.</param>
internal readonly record struct FlowGroupSum(FlowCounts Counts, long Connections)
{
    public static FlowGroupSum operator +(in FlowGroupSum left, in FlowGroupSum right) =>
        new(left.Counts + right.Counts, left.Connections + right.Connections);
}
