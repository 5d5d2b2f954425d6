using System;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>A device's packets as the kernel captures them. Not thread-safe.</summary>
internal interface IPacketRing : IDisposable
{
    /// <summary>The device's name when the ring was opened.</summary>
    string Name { get; }

    /// <summary>The device's name now; it may be renamed while it is captured.</summary>
    string CurrentName { get; }

    /// <summary>Whether the device was removed and no new one has its name yet.</summary>
    bool IsGone { get; }

    /// <summary>How many times a new device of the name was taken up after the one before was gone.</summary>
    int Returns { get; }

    /// <summary>
    /// Whether packets were lost just before those that were read last; reset when the statistics are read.
    /// </summary>
    bool HasLost { get; }

    /// <summary>Takes the packets that arrived; waits if there are none.</summary>
    /// <param name="packets">Receives them in order of arrival.</param>
    /// <param name="timeout">How long to wait for the first; zero to look once.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>The number of packets; 0 on timeout.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TunStatsException">The capture failed.</exception>
    int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>The statistics since the ring was opened.</summary>
    PacketRingStatistics ReadStatistics();
}
