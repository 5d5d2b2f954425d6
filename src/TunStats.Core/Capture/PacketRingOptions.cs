using System;

namespace TunStats.Capture;

/// <summary>The size of a ring, and the receiver of its warnings.</summary>
internal sealed record PacketRingOptions
{
    /// <summary>
    /// The ring's memory in bytes, <see cref="RingBudget.Smallest"/> to <see cref="RingBudget.Largest"/>; see
    /// <see cref="RingBudget.PerDevice"/> for several devices.
    /// </summary>
    public long Bytes { get; init; } = RingBudget.OneDevice;

    /// <summary>Receives warnings, on the thread that opens the ring.</summary>
    public Action<string>? Warn { get; init; }
}
