namespace TunStats.Peers;

/// <summary>Bytes to and from a peer by path, since the first reading.</summary>
/// <param name="DirectRxBytes">Received directly.</param>
/// <param name="DirectTxBytes">Sent directly.</param>
/// <param name="DerpRxBytes">Received over DERP.</param>
/// <param name="DerpTxBytes">Sent over DERP.</param>
/// <param name="PeerRelayRxBytes">Received over a peer relay.</param>
/// <param name="PeerRelayTxBytes">Sent over a peer relay.</param>
internal readonly record struct PeerPathTotals(
    ulong DirectRxBytes,
    ulong DirectTxBytes,
    ulong DerpRxBytes,
    ulong DerpTxBytes,
    ulong PeerRelayRxBytes,
    ulong PeerRelayTxBytes)
{
    internal PeerPathTotals Add(PeerPathKind path, ulong rx, ulong tx) => path switch
    {
        PeerPathKind.Direct => this with { DirectRxBytes = DirectRxBytes + rx, DirectTxBytes = DirectTxBytes + tx },
        PeerPathKind.Derp => this with { DerpRxBytes = DerpRxBytes + rx, DerpTxBytes = DerpTxBytes + tx },
        PeerPathKind.PeerRelay => this with
        {
            PeerRelayRxBytes = PeerRelayRxBytes + rx,
            PeerRelayTxBytes = PeerRelayTxBytes + tx,
        },
        _ => this,
    };
}
