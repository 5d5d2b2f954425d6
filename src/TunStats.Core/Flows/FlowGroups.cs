using System.Collections.Generic;

namespace TunStats.Flows;

/// <summary>Groups connections and sums them, without an object per connection.</summary>
/// <param name="groupBy">How to group them.</param>
/// <param name="capacity">The maximum number of groups; beyond it the smallest are dropped.</param>
internal sealed class FlowGroups(FlowGrouping groupBy, int capacity = int.MaxValue)
{
    private readonly FlowSums<FlowGroupKey> _sums = new(capacity);

    /// <summary>How connections are grouped.</summary>
    internal FlowGrouping GroupBy => groupBy;

    /// <summary>The number of groups.</summary>
    internal int Count => _sums.Count;

    /// <summary>The maximum number of bytes missing in a group; 0 if none was dropped.</summary>
    internal ulong MaxMissing => _sums.MaxMissing;

    /// <summary>Whether groups depend on the classes of connections; if not, routes have no effect on them.</summary>
    internal static bool UseClasses(FlowGrouping groupBy) => groupBy == FlowGrouping.Class;

    /// <summary>Adds a connection, or the sum of several.</summary>
    internal void Add(in FlowValues flow, FlowClass flowClass = FlowClass.None, long connections = 1)
    {
        var sum = new FlowGroupSum(flow.Counts, connections);
        FlowGroupKey key = FlowGroupKey.Of(groupBy, flow, flowClass);
        _sums.Add(key, sum);
        if (groupBy == FlowGrouping.Host && FlowGroupKey.Of(FlowGrouping.Peer, flow, flowClass) is var other
            && other != key)
        {
            _sums.Add(other, sum);
        }
    }

    /// <summary>The groups with the most bytes, largest first; equal ones in order of arrival.</summary>
    /// <param name="top">
    /// The maximum number; null for all. The sum of connections beyond the capacity comes last.
    /// </param>
    internal List<KeyValuePair<FlowGroupKey, FlowGroupSum>> Largest(int? top)
    {
        bool hasRest = _sums.Remove(FlowGroupKey.Rest, out FlowGroupSum rest);
        List<KeyValuePair<FlowGroupKey, FlowGroupSum>> largest = _sums.Largest(top);
        if (hasRest)
        {
            _sums.Add(FlowGroupKey.Rest, rest);
            largest.Add(new(FlowGroupKey.Rest, rest));
        }

        return largest;
    }
}
