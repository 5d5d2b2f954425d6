using System;
using System.Collections.Generic;

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

        // LINQ over values is compiled anew for each type: it would add half a megabyte to the native program.
        _entries = [.. distinct];
        Array.Sort(_entries, static (left, right) => left.Key.CompareTo(right.Key));
        var answers = new KeyValuePair<IpPrefix, uint>[_entries.Length];
        for (int i = 0; i < answers.Length; i++)
        {
            answers[i] = KeyValuePair.Create(_entries[i].Key, (uint)i + 1);
        }

        _trie = new PrefixTrie(answers);
    }

    /// <summary>Makes a table in which all prefixes have one value.</summary>
    public static PrefixTable<T> Of(IEnumerable<IpPrefix> prefixes, T value)
    {
        List<KeyValuePair<IpPrefix, T>> entries = [];
        foreach (IpPrefix prefix in prefixes)
        {
            entries.Add(KeyValuePair.Create(prefix, value));
        }

        return new PrefixTable<T>(entries);
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
