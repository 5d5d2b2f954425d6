using System;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Receives the results of a <see cref="PeerQuery"/>.</summary>
internal interface IPeerQuerySink
{
    /// <summary>Receives the peers of one device.</summary>
    void OnPeers(TunPeerSnapshot snapshot);

    /// <summary>Receives the error of one input; the query continues.</summary>
    /// <param name="error">
    /// What is wrong: a <see cref="TunStatsException"/>.
    /// </param>
    /// <param name="input">The device or path.</param>
    void OnError(Exception error, object input);

    /// <summary>Receives a warning.</summary>
    void OnWarning(string message);
}
