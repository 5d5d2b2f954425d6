using System;

namespace TunStats.Capture;

/// <summary>How large a ring is, and who hears of what it cannot do.</summary>
public sealed record PacketRingOptions
{
    /// <summary>
    /// The ring's memory in bytes, <see cref="RingBudget.Smallest"/> to <see cref="RingBudget.Largest"/>; see
    /// <see cref="RingBudget.PerDevice"/> for several devices.
    /// </summary>
    public long Bytes { get; init; } = RingBudget.OneDevice;

    /// <summary>Takes warnings, on the thread that opens the ring.</summary>
    public Action<string>? Warn { get; init; }
}
