using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace TunStats.Net;

/// <summary>
/// Longest-prefix look-up for both families. Each step takes 8 bits of the address. A node's 256 answers are stored as
/// runs: a bit for each answer that differs from its predecessor, and the differing answers packed. IPv4 starts from a
/// table over its upper 16 bits, so it takes at most two more steps. IPv6 skips bits that all prefixes below share, so
/// its steps grow with the logarithm (base 256) of the number of prefixes, not with their length. Immutable.
/// </summary>
internal sealed class PrefixTrie
{
    /// <summary>The answer where no prefix matches.</summary>
    public const uint None = 0;

    /// <summary>The largest answer; the bit above it marks a reference to a node.</summary>
    public const uint MaxValue = 0x7fff_ffff;

    private const uint NodeFlag = 0x8000_0000;
    private const int RootBits = 16;

    private readonly uint[] _root4;
    private readonly uint _root6;
    private readonly PrefixTrieNode[] _nodes;
    private readonly uint[] _answers;

    /// <summary>
    /// A table of prefixes with their answers, 1 to <see cref="MaxValue"/>; of equal ones the last wins.
    /// </summary>
    public PrefixTrie(IEnumerable<KeyValuePair<IpPrefix, uint>> prefixes)
    {
        PrefixTrieBuilder builder = new(prefixes);
        _root4 = builder.BuildIPv4(RootBits);
        _root6 = builder.BuildIPv6();
        _nodes = builder.Nodes;
        _answers = builder.Answers;
    }

    /// <summary>The size in bytes.</summary>
    public long SizeInBytes =>
        ((long)_root4.Length * sizeof(uint)) + ((long)_nodes.Length * Unsafe.SizeOf<PrefixTrieNode>())
        + ((long)_answers.Length * sizeof(uint));

    /// <summary>
    /// The answer of the longest prefix that contains the address; none contains an address with a zone.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(in IpAddr address) => address.Family == IpFamily.IPv4
        ? FindIPv4((uint)address.Low)
        : address.Family == IpFamily.IPv6 && address.ZoneOrNull is null
            ? FindIPv6(address.High, address.Low)
            : None;

    /// <summary>The answer for an IPv4 address in host order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint FindIPv4(uint address)
    {
        // Without an IPv4 prefix longer than 0, the root has one entry.
        uint[] root = _root4;
        uint answer = root[root.Length == 1 ? 0 : address >> (32 - RootBits)];
        return (answer & NodeFlag) == 0 ? answer : Descend(answer, address);
    }

    /// <summary>The answer for an IPv6 address in host order.</summary>
    public uint FindIPv6(ulong high, ulong low)
    {
        uint answer = _root6;
        while ((answer & NodeFlag) != 0)
        {
            ref readonly PrefixTrieNode node = ref _nodes[answer & MaxValue];
            int position = node.Position;
            if (Differs(node, position, high, low))
            {
                return node.Otherwise;
            }

            answer = Step(node, Chunk(high, low, position));
        }

        return answer;
    }

    /// <summary>8 bits of an IPv6 address from a bit position of 0 to 120.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Chunk(ulong high, ulong low, int position)
    {
        if (position >= 64)
        {
            return (uint)(low >> (120 - position)) & 0xff;
        }

        return position <= 56
            ? (uint)(high >> (56 - position)) & 0xff
            : (uint)((high << (position - 56)) | (low >> (120 - position))) & 0xff;
    }

    private static bool Differs(in PrefixTrieNode node, int position, ulong high, ulong low)
    {
        // Bits before the position; .NET would shift by 0 instead of 64, so each shift is done in two parts.
        ulong differingHigh = high ^ node.High;
        return position <= 64
            ? position != 0 && differingHigh >> (64 - position) != 0
            : (differingHigh | ((low ^ node.Low) >> (128 - position))) != 0;
    }

    private uint Descend(uint answer, uint address)
    {
        for (int shift = 8; (answer & NodeFlag) != 0; shift -= 8)
        {
            answer = Step(_nodes[answer & MaxValue], (address >> shift) & 0xff);
        }

        return answer;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Step(in PrefixTrieNode node, uint chunk)
    {
        int word = (int)(chunk >> 6);
        ulong upTo = ulong.MaxValue >> (int)(63 - (chunk & 63));
        int run = BitOperations.PopCount(node.Starts[word] & upTo) + node.RunsBefore(word);
        return _answers[node.Base + (uint)run - 1];
    }
}
