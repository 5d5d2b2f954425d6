using System;

namespace TunStats.Flows;

/// <summary>How packets become windows of connections.</summary>
public sealed record FlowMeterOptions
{
    /// <summary>The shortest window that makes sense: 10 ms.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest window: one day.</summary>
    public static readonly TimeSpan MaxInterval = TimeSpan.FromDays(1);

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

    /// <summary>
    /// Told, on the thread that takes the windows of a file, after each further <see cref="BytesPerProgress"/> of it.
    /// </summary>
    public Action? Progress { get; init; }

    /// <summary>How many bytes of a file are read between two calls of <see cref="Progress"/>.</summary>
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
