using System;

namespace TunStats.Flows;

/// <summary>How packets are counted in windows.</summary>
internal sealed record FlowMeterOptions
{
    /// <summary>The shortest window: 10 ms.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest window: one day.</summary>
    public static readonly TimeSpan MaxInterval = TimeSpan.FromDays(1);

    /// <summary>Selects connections; null for all.</summary>
    public FlowFilter? Filter { get; init; }

    /// <summary>
    /// The number of connections to return per window, those with the most bytes first; null for all, unsorted.
    /// </summary>
    public int? Top { get; init; }

    /// <summary>The maximum number of connections in a window; further ones are summed up.</summary>
    public int Capacity { get; init; } = FlowTable.DefaultCapacity;

    /// <summary>The length of a window; null for one window over the whole file.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>
    /// Called after each <see cref="BytesPerProgress"/> of a file, on the thread that takes its windows.
    /// </summary>
    public Action? Progress { get; init; }

    /// <summary>The number of bytes between two calls of <see cref="Progress"/>.</summary>
    public static long BytesPerProgress => 16 << 20;

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
