using System;
using System.Collections.Generic;
using System.Numerics;

namespace TunStats.Net;

/// <summary>Lays out the arrays of a <see cref="PrefixTrie"/>.</summary>
internal sealed class PrefixTrieBuilder
{
    private const uint NodeFlag = 0x8000_0000;
    private const int Fanout = 256;

    private readonly Entry[] _four;
    private readonly Entry[] _six;
    private readonly List<PrefixTrieNode> _nodes = [];
    private readonly List<uint> _answers = [];

    public PrefixTrieBuilder(IEnumerable<KeyValuePair<IpPrefix, uint>> prefixes)
    {
        Dictionary<IpPrefix, uint> distinct = [];
        foreach ((IpPrefix prefix, uint value) in prefixes)
        {
            ArgumentOutOfRangeException.ThrowIfZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, PrefixTrie.MaxValue);
            distinct[prefix.Masked()] = value;
        }

        // Shorter prefixes come first, so that the longer ones inside them overwrite them.
        var all = new Entry[distinct.Count];
        int count = 0;
        foreach ((IpPrefix prefix, uint value) in distinct)
        {
            all[count++] = new Entry(prefix, value);
        }

        Array.Sort(all, static (left, right) => left.Prefix.CompareTo(right.Prefix));
        _four = Array.FindAll(all, static entry => entry.Prefix.Family == IpFamily.IPv4);
        _six = Array.FindAll(all, static entry => entry.Prefix.Family == IpFamily.IPv6);
    }

    public PrefixTrieNode[] Nodes => [.. _nodes];

    public uint[] Answers => [.. _answers];

    public uint[] BuildIPv4(int rootBits)
    {
        ReadOnlySpan<Entry> entries = _four;
        uint all = TakeDefault(ref entries);
        if (entries.IsEmpty)
        {
            return [all];
        }

        uint[] root = new uint[1 << rootBits];
        Array.Fill(root, all);
        for (int i = 0; i < entries.Length;)
        {
            int slot = (int)((uint)entries[i].Low >> (32 - rootBits));
            int end = i;
            if (entries[i].Length <= rootBits)
            {
                root.AsSpan(slot, 1 << (rootBits - entries[i].Length)).Fill(entries[i].Value);
                i++;
                continue;
            }

            while (end < entries.Length && (int)((uint)entries[end].Low >> (32 - rootBits)) == slot)
            {
                end++;
            }

            root[slot] = BuildIPv4Node(entries[i..end], rootBits, root[slot]);
            i = end;
        }

        return root;
    }

    public uint BuildIPv6()
    {
        ReadOnlySpan<Entry> entries = _six;
        uint all = TakeDefault(ref entries);
        return entries.IsEmpty ? all : BuildIPv6Node(entries, all);
    }

    private static uint TakeDefault(ref ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty || entries[0].Length != 0)
        {
            return PrefixTrie.None;
        }

        uint value = entries[0].Value;
        entries = entries[1..];
        return value;
    }

    private uint BuildIPv4Node(ReadOnlySpan<Entry> entries, int position, uint inherited)
    {
        Span<uint> answers = stackalloc uint[Fanout];
        answers.Fill(inherited);
        for (int i = 0; i < entries.Length;)
        {
            int slot = (int)(entries[i].Low >> (24 - position)) & 0xff;
            int spare = position + 8 - entries[i].Length;
            if (spare >= 0)
            {
                answers.Slice(slot, 1 << spare).Fill(entries[i++].Value);
                continue;
            }

            int end = i;
            while (end < entries.Length && ((int)(entries[end].Low >> (24 - position)) & 0xff) == slot)
            {
                end++;
            }

            answers[slot] = BuildIPv4Node(entries[i..end], position + 8, answers[slot]);
            i = end;
        }

        return AddNode(answers, default);
    }

    private uint BuildIPv6Node(ReadOnlySpan<Entry> entries, uint inherited)
    {
        // Sorted, so the first and the last share the fewest bits; no prefix may end within the shared bits.
        int position = Math.Min(CommonBits(entries[0], entries[^1]), 120);
        foreach (Entry entry in entries)
        {
            position = Math.Min(position, entry.Length);
        }

        Span<uint> answers = stackalloc uint[Fanout];
        answers.Fill(inherited);
        for (int i = 0; i < entries.Length;)
        {
            int slot = (int)PrefixTrie.Chunk(entries[i].High, entries[i].Low, position);
            int spare = position + 8 - entries[i].Length;
            if (spare >= 0)
            {
                answers.Slice(slot, 1 << spare).Fill(entries[i++].Value);
                continue;
            }

            int end = i;
            while (end < entries.Length && (int)PrefixTrie.Chunk(entries[end].High, entries[end].Low, position) == slot)
            {
                end++;
            }

            answers[slot] = BuildIPv6Node(entries[i..end], answers[slot]);
            i = end;
        }

        PrefixTrieNode node = new()
        {
            High = entries[0].High,
            Low = entries[0].Low,
            Position = position,
            Otherwise = inherited,
        };
        return AddNode(answers, node);
    }

    private uint AddNode(ReadOnlySpan<uint> answers, PrefixTrieNode node)
    {
        node.Base = (uint)_answers.Count;
        for (int i = 0; i < Fanout; i++)
        {
            if (i == 0 || answers[i] != answers[i - 1])
            {
                node.Starts[i >> 6] |= 1UL << (i & 63);
                _answers.Add(answers[i]);
            }
        }

        uint runs = 0;
        for (int word = 0; word < 3; word++)
        {
            runs += (uint)BitOperations.PopCount(node.Starts[word]);
            node.Ranks |= runs << ((word + 1) * 8);
        }

        _nodes.Add(node);
        return NodeFlag | (uint)(_nodes.Count - 1);
    }

    private static int CommonBits(in Entry a, in Entry b) => a.High != b.High
        ? BitOperations.LeadingZeroCount(a.High ^ b.High)
        : 64 + BitOperations.LeadingZeroCount(a.Low ^ b.Low);

    private readonly struct Entry(IpPrefix prefix, uint value)
    {
        public IpPrefix Prefix { get; } = prefix;

        public ulong High { get; } = prefix.Address.High;

        public ulong Low { get; } = prefix.Address.Low;

        public int Length { get; } = prefix.Length;

        public uint Value { get; } = value;
    }
}
