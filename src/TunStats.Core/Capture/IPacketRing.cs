using System;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>A device's packets as the kernel captures them. Not thread-safe.</summary>
public interface IPacketRing : IDisposable
{
    /// <summary>The device's name.</summary>
    string Name { get; }

    /// <summary>Whether the device was removed, and no other one has its name yet.</summary>
    bool IsGone { get; }

    /// <summary>
    /// Whether packets were lost just before those that were read last; until the statistics are read.
    /// </summary>
    bool HasLost { get; }

    /// <summary>Takes the packets that arrived; waits where there are none.</summary>
    /// <param name="packets">Takes them, in the order of arrival.</param>
    /// <param name="timeout">How long to wait for the first; zero to look once.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>How many; 0 on timeout and no packet was ready.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="TunStatsException">The capture failed.</exception>
    int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>What the ring saw since it was opened.</summary>
    PacketRingStatistics ReadStatistics();
}
