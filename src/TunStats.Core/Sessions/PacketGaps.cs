using System;
using System.Collections.Generic;

namespace TunStats.Sessions;

/// <summary>
/// Uncounted packets with the interval of their arrival: between the last packet before them and the first after them.
/// </summary>
internal sealed class PacketGaps
{
    private readonly List<(long From, long To, ulong Packets)> _gaps = [];

    /// <summary>Adds packets.</summary>
    /// <param name="packets">Their number.</param>
    /// <param name="from">The time of the last packet before them.</param>
    /// <param name="to">The time of the first packet after them.</param>
    internal void Add(ulong packets, long from, long to)
    {
        if (packets > 0)
        {
            _gaps.Add((from, Math.Max(from, to), packets));
        }
    }

    /// <summary>Takes the packets before an instant; a gap around it is split proportionally.</summary>
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
