using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>Sums connections by what they have in common, without an object for a connection.</summary>
internal sealed class FlowGroups(FlowGrouping groupBy)
{
    private readonly Dictionary<FlowGroupKey, FlowGroupSum> _sums = [];

    /// <summary>How many groups there are.</summary>
    internal int Count => _sums.Count;

    /// <summary>The groups in no order.</summary>
    internal IReadOnlyCollection<KeyValuePair<FlowGroupKey, FlowGroupSum>> All => _sums;

    /// <summary>Adds a connection, or several that are counted together.</summary>
    internal void Add(in FlowValues flow, FlowClass flowClass = FlowClass.None, long connections = 1)
    {
        var sum = new FlowGroupSum(flow.Counts, connections);
        FlowGroupKey key = FlowGroupKey.Of(groupBy, flow, flowClass);
        Add(key, sum);
        if (groupBy == FlowGrouping.Host && FlowGroupKey.Of(FlowGrouping.Peer, flow, flowClass) is var other
            && other != key)
        {
            Add(other, sum);
        }
    }

    /// <summary>The groups of most bytes, largest first; of equals, the one that was added first.</summary>
    /// <param name="top">How many; null for all. What is counted together comes after them.</param>
    internal List<KeyValuePair<FlowGroupKey, FlowGroupSum>> Largest(int? top)
    {
        bool hasRest = _sums.Remove(FlowGroupKey.Rest, out FlowGroupSum rest);
        var all = new KeyValuePair<FlowGroupKey, FlowGroupSum>[_sums.Count];
        var ranks = new (ulong Rank, int Index)[all.Length];
        int count = 0;
        foreach (KeyValuePair<FlowGroupKey, FlowGroupSum> group in _sums)
        {
            ranks[count] = (ulong.MaxValue - group.Value.Counts.TotalBytes, count);
            all[count++] = group;
        }

        System.Array.Sort(ranks);
        int wanted = top < count ? top.Value : count;
        List<KeyValuePair<FlowGroupKey, FlowGroupSum>> largest = new(wanted + 1);
        for (int i = 0; i < wanted; i++)
        {
            largest.Add(all[ranks[i].Index]);
        }

        if (hasRest)
        {
            _sums.Add(FlowGroupKey.Rest, rest);
            largest.Add(new(FlowGroupKey.Rest, rest));
        }

        return largest;
    }

    private void Add(in FlowGroupKey key, in FlowGroupSum sum)
    {
        ref FlowGroupSum own = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, key, out _);
        own += sum;
    }
}
