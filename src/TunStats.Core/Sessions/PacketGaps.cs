using System;
using System.Collections.Generic;

namespace TunStats.Sessions;

/// <summary>
/// Packets that were not counted, by the time in which they came: between the last packet before them and the first
/// after them.
/// </summary>
internal sealed class PacketGaps
{
    private readonly List<(long From, long To, ulong Packets)> _gaps = [];

    /// <summary>Adds packets.</summary>
    /// <param name="packets">How many.</param>
    /// <param name="from">When the last packet before them came.</param>
    /// <param name="to">When the first packet after them came.</param>
    internal void Add(ulong packets, long from, long to)
    {
        if (packets > 0)
        {
            _gaps.Add((from, Math.Max(from, to), packets));
        }
    }

    /// <summary>Takes the packets before an instant; those of a gap around it are spread evenly.</summary>
    internal ulong TakeUntil(long end)
    {
        ulong taken = 0;
        for (int i = _gaps.Count - 1; i >= 0; i--)
        {
            (long from, long to, ulong packets) = _gaps[i];
            if (to < end)
            {
                taken += packets;
                _gaps.RemoveAt(i);
            }
            else if (from < end)
            {
                ulong share = (ulong)((UInt128)packets * (ulong)(end - from) / (ulong)(to - from));
                taken += share;
                _gaps[i] = (end, to, packets - share);
            }
        }

        return taken;
    }
}
