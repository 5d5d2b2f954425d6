using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>
/// Sums by key. Beyond the capacity, the half of the keys with the fewest bytes is dropped: the remaining sums are too
/// small by at most <see cref="MaxMissing"/> bytes.
/// </summary>
internal sealed class FlowSums<TKey>(int capacity = int.MaxValue)
    where TKey : struct, IEquatable<TKey>
{
    private readonly Dictionary<TKey, FlowGroupSum> _sums = [];

    /// <summary>The number of keys.</summary>
    internal int Count => _sums.Count;

    /// <summary>The maximum number of bytes missing in a sum; 0 if nothing was dropped.</summary>
    internal ulong MaxMissing { get; private set; }

    /// <summary>The sum of a key; zero if there is none.</summary>
    internal FlowGroupSum this[in TKey key] => _sums.GetValueOrDefault(key);

    /// <summary>Adds to a key's sum.</summary>
    internal void Add(in TKey key, in FlowGroupSum sum)
    {
        ref FlowGroupSum own = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, key, out bool isKnown);
        own += sum;
        if (!isKnown && _sums.Count > capacity)
        {
            Forget();
        }
    }

    /// <summary>Removes a key.</summary>
    /// <returns>Whether it existed.</returns>
    internal bool Remove(in TKey key, out FlowGroupSum sum) => _sums.Remove(key, out sum);

    /// <summary>The keys with the most bytes, largest first; equal ones in order of arrival.</summary>
    /// <param name="top">The maximum number; null for all.</param>
    internal List<KeyValuePair<TKey, FlowGroupSum>> Largest(int? top = null)
    {
        var all = new KeyValuePair<TKey, FlowGroupSum>[_sums.Count];
        var ranks = new (ulong Rank, int Index)[all.Length];
        int count = 0;
        foreach (KeyValuePair<TKey, FlowGroupSum> sum in _sums)
        {
            ranks[count] = (ulong.MaxValue - sum.Value.Counts.TotalBytes, count);
            all[count++] = sum;
        }

        Array.Sort(ranks);
        int wanted = top < count ? top.Value : count;
        List<KeyValuePair<TKey, FlowGroupSum>> largest = new(wanted);
        for (int i = 0; i < wanted; i++)
        {
            largest.Add(all[ranks[i].Index]);
        }

        return largest;
    }

    private void Forget()
    {
        List<KeyValuePair<TKey, FlowGroupSum>> largest = Largest();
        int kept = largest.Count / 2;
        MaxMissing += largest[kept].Value.Counts.TotalBytes;
        for (int i = kept; i < largest.Count; i++)
        {
            _sums.Remove(largest[i].Key);
        }
    }
}
