using System;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Takes what a <see cref="PeerPoller"/> finds. Called by the poller's thread alone.</summary>
public interface IPeerPollerSink
{
    /// <summary>Takes a look at the peers of a device.</summary>
    void OnPeers(PeerReport report);

    /// <summary>The device is gone, or nothing tells of its peers any more; reported once.</summary>
    void OnAbsent(string device);

    /// <summary>Takes an error; reported once for each change of state.</summary>
    /// <param name="error">A <see cref="TunStatsException"/>, or an error of a descriptor.</param>
    /// <param name="device">The device's name, or null for the whole.</param>
    void OnError(Exception error, string? device);

    /// <summary>Takes a warning; reported once for each change of state.</summary>
    void OnWarning(string message);
}
