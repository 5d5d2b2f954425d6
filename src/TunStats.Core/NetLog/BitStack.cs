using System;

namespace TunStats.NetLog;

/// <summary>A stack of bits: the first 64 inline, more on the heap.</summary>
internal struct BitStack
{
    private ulong _first;
    private ulong[]? _more;

    public int Depth { get; private set; }

    /// <summary>The top bit.</summary>
    public readonly bool Top
    {
        get
        {
            int at = Depth - 1;
            return (((at < 64 ? _first : _more![(at / 64) - 1]) >> (at & 63)) & 1) != 0;
        }
    }

    /// <summary>Pushes a bit; false at the limit.</summary>
    public bool TryPush(bool bit, int maxDepth)
    {
        if (Depth >= maxDepth)
        {
            return false;
        }

        int word = (Depth / 64) - 1;
        if (word >= (_more?.Length ?? 0))
        {
            Array.Resize(ref _more, Math.Max(4, word * 2));
        }

        ref ulong bits = ref _first;
        if (word >= 0)
        {
            bits = ref _more![word];
        }

        ulong mask = 1UL << (Depth & 63);
        bits = bit ? bits | mask : bits & ~mask;
        Depth++;
        return true;
    }

    public void Pop() => Depth--;
}
