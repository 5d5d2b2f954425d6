using System.Runtime.CompilerServices;

namespace TunStats.Net;

/// <summary>256 answers as runs. One cache line.</summary>
internal struct PrefixTrieNode
{
    /// <summary>A bit for each answer that differs from the one before it; the first is always set.</summary>
    public StartBits Starts;

    /// <summary>The path to this node, IPv6 only; an address with other leading bits is not below this node.</summary>
    public ulong High;

    /// <summary>The lower half of the path.</summary>
    public ulong Low;

    /// <summary>The index of the first packed answer.</summary>
    public uint Base;

    /// <summary>The answer for an address that is not below this node, IPv6 only.</summary>
    public uint Otherwise;

    /// <summary>The number of runs that begin before the second, third and fourth word, one byte each.</summary>
    public uint Ranks;

    /// <summary>The position of the first of the 8 bits.</summary>
    public int Position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RunsBefore(int word) => (int)(Ranks >> (word * 8)) & 0xff;

    [InlineArray(4)]
    public struct StartBits
    {
        private ulong _first;
    }
}
