using System;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>How packets become windows of connections.</summary>
public sealed class FlowMeterOptions
{
    /// <summary>Which connections are wanted; null for all.</summary>
    public FlowFilter? Filter { get; init; }

    /// <summary>
    /// How many connections of each window to hand out, those of most bytes first; null for all, unsorted.
    /// </summary>
    public int? Top { get; init; }

    /// <summary>How many connections a window holds at most; further ones are counted together.</summary>
    public int Capacity { get; init; } = FlowTable.DefaultCapacity;

    /// <summary>How long a window is; null for a file's one window over all of it.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>How many windows to take from a device; null for as many as there are until it is cancelled.</summary>
    public int? Count { get; init; }

    /// <summary>Takes warnings, as whole texts for the user, on the thread that takes the windows.</summary>
    public Action<string>? Warn { get; init; }

    internal int Keep(Span<PacketRecord> packets)
    {
        if (Filter is null || Filter.IsEmpty)
        {
            return packets.Length;
        }

        int kept = 0;
        foreach (ref readonly PacketRecord packet in packets)
        {
            if (Filter.Matches(packet.Key))
            {
                packets[kept++] = packet;
            }
        }

        return kept;
    }
}
