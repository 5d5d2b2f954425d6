using System;
using System.Collections.Generic;
using System.Linq;

namespace TunStats.Net;

/// <summary>
/// A longest-prefix table for IPv4 and IPv6: which of its prefixes has an address, and what stands beside it.
/// Immutable; a look-up takes the same time for ten prefixes and for a hundred thousand, and allocates nothing.
/// </summary>
/// <typeparam name="T">What stands beside a prefix.</typeparam>
public sealed class PrefixTable<T>
{
    private readonly PrefixTrie _trie;
    private readonly KeyValuePair<IpPrefix, T>[] _entries;

    /// <summary>A table. Prefixes are masked; of equal ones the last counts.</summary>
    /// <exception cref="ArgumentException">One of the prefixes is the default value, which is none.</exception>
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

    /// <summary>Distinct prefixes.</summary>
    public int Count => _entries.Length;

    /// <summary>The prefixes, masked and in order, with what stands beside them.</summary>
    public IReadOnlyList<KeyValuePair<IpPrefix, T>> Entries => _entries;

    /// <summary>What the look-up structure takes, in bytes.</summary>
    public long SizeInBytes => _trie.SizeInBytes;

    /// <summary>The longest prefix that has the address, and what stands beside it; false where none has it.</summary>
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

    /// <summary>Whether one of the prefixes has the address.</summary>
    public bool Contains(IpAddr address) => _trie.Find(address) != PrefixTrie.None;
}
