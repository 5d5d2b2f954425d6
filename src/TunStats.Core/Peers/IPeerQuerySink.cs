using System;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Takes what a <see cref="PeerQuery"/> finds.</summary>
public interface IPeerQuerySink
{
    /// <summary>Takes the peers of one device.</summary>
    void OnPeers(TunPeerSnapshot snapshot);

    /// <summary>Takes the error of one input; the others still come.</summary>
    /// <param name="error">
    /// What is wrong: a <see cref="TunStatsException"/>.
    /// </param>
    /// <param name="input">The device or path that it is about.</param>
    void OnError(Exception error, object input);

    /// <summary>Takes a warning about what was found.</summary>
    void OnWarning(string message);
}
