using System;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Receives the results of a <see cref="PeerPoller"/>. Called only on the poller's thread.</summary>
internal interface IPeerPollerSink
{
    /// <summary>Receives a report about the peers of a device.</summary>
    void OnPeers(PeerReport report);

    /// <summary>The device was removed, or no longer has a source of peers; reported once.</summary>
    void OnAbsent(string device);

    /// <summary>Receives an error; reported once per change of state.</summary>
    /// <param name="error">A <see cref="TunStatsException"/>, or an error of a descriptor.</param>
    /// <param name="device">The device's name, or null for the poller.</param>
    void OnError(Exception error, string? device);

    /// <summary>Receives a warning; reported once per change of state.</summary>
    void OnWarning(string message);
}
