using System;
using System.Collections.Generic;
using System.Linq;

namespace TunStats.Net;

/// <summary>
/// A longest-prefix table for IPv4 and IPv6: finds the longest prefix that contains an address, and its value.
/// Immutable. The time of a look-up does not depend on the number of prefixes; it allocates nothing.
/// </summary>
/// <typeparam name="T">The value of a prefix.</typeparam>
internal sealed class PrefixTable<T>
{
    private readonly PrefixTrie _trie;
    private readonly KeyValuePair<IpPrefix, T>[] _entries;

    /// <summary>Makes a table. Prefixes are masked; of equal ones the last wins.</summary>
    /// <exception cref="ArgumentException">One of the prefixes is the default value.</exception>
    public PrefixTable(IEnumerable<KeyValuePair<IpPrefix, T>> prefixes)
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        Dictionary<IpPrefix, T> distinct = [];
        foreach ((IpPrefix prefix, T value) in prefixes)
        {
            if (!prefix.IsValid)
            {
                throw new ArgumentException("A table cannot hold the default value of a prefix.", nameof(prefixes));
            }

            distinct[prefix.Masked()] = value;
        }

        _entries = [.. distinct.OrderBy(pair => pair.Key)];
        _trie = new PrefixTrie(_entries.Select((pair, i) => KeyValuePair.Create(pair.Key, (uint)i + 1)));
    }

    /// <summary>The number of distinct prefixes.</summary>
    public int Count => _entries.Length;

    /// <summary>The prefixes, masked and in order, with their values.</summary>
    public IReadOnlyList<KeyValuePair<IpPrefix, T>> Entries => _entries;

    /// <summary>The size of the look-up structure in bytes.</summary>
    public long SizeInBytes => _trie.SizeInBytes;

    /// <summary>The longest prefix that contains the address, and its value; false if none does.</summary>
    public bool TryFind(IpAddr address, out IpPrefix prefix, out T value)
    {
        uint answer = _trie.Find(address);
        if (answer == PrefixTrie.None)
        {
            prefix = default;
            value = default!;
            return false;
        }

        (prefix, value) = _entries[answer - 1];
        return true;
    }
}
