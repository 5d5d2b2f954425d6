namespace TunStats.Routes;

/// <summary>A prefix that a tunnel carries, and where it was learnt.</summary>
/// <param name="Prefix">The prefix, masked.</param>
/// <param name="Kind">What it is to the tunnel.</param>
/// <param name="Origin">
/// Where it came from, in words: the kernel's table and device, a parameter, a file and its line.
/// </param>
public sealed record FlowRoute(IpPrefix Prefix, FlowRouteKind Kind, string Origin)
{
    /// <summary>Whether it counts when flows are classified: a prefix of 0 bits says nothing, so it does not.</summary>
    public bool Counts => Prefix.Length > 0;

    /// <summary>Prefix, kind and origin.</summary>
    public override string ToString() => $"{Prefix} ({Kind}, {Origin})";
}
