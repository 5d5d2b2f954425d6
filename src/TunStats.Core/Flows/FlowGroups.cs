using System.Collections.Generic;

namespace TunStats.Flows;

/// <summary>Sums connections by what they have in common, without an object for a connection.</summary>
/// <param name="groupBy">What they are summed by.</param>
/// <param name="capacity">How many groups are kept; beyond, the smallest are forgotten.</param>
internal sealed class FlowGroups(FlowGrouping groupBy, int capacity = int.MaxValue)
{
    private readonly FlowSums<FlowGroupKey> _sums = new(capacity);

    /// <summary>What connections are summed by.</summary>
    internal FlowGrouping GroupBy => groupBy;

    /// <summary>How many groups there are.</summary>
    internal int Count => _sums.Count;

    /// <summary>How many bytes may be missing of a group; 0 where none was forgotten.</summary>
    internal ulong MaxMissing => _sums.MaxMissing;

    /// <summary>Adds a connection, or several that are counted together.</summary>
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

    /// <summary>The groups of most bytes, largest first; of equals, the one that was added first.</summary>
    /// <param name="top">How many; null for all. What is counted together comes after them.</param>
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
