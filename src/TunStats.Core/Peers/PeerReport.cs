using System.Collections.Generic;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>One reading of the peers and its changes since the previous one. Immutable.</summary>
internal sealed class PeerReport
{
    internal PeerReport(TunPeerSnapshot snapshot, IReadOnlyList<PeerPathChange> pathChanges)
    {
        Snapshot = snapshot;
        PathChanges = pathChanges;
    }

    /// <summary>The peers, with their increases and path times.</summary>
    public TunPeerSnapshot Snapshot { get; }

    /// <summary>The paths that changed since the previous reading.</summary>
    public IReadOnlyList<PeerPathChange> PathChanges { get; }

    /// <summary>
    /// The traffic below the tunnel since the previous reading, one entry per peer with traffic: from the peer's tunnel
    /// address with port 0 to the path's endpoint, protocol 0. The sources count only bytes, so packets are 0. If the
    /// path changed between the readings, all bytes count for the later path.
    /// </summary>
    internal IEnumerable<(AddrPort Source, AddrPort Destination, FlowCounts Counts)> PhysicalBytes()
    {
        foreach (TunPeer peer in Snapshot.Peers)
        {
            FlowCounts counts = new(0, peer.TxBytesIncrease ?? 0, 0, peer.RxBytesIncrease ?? 0);
            if (!counts.IsZero)
            {
                AddrPort source = peer.AddressList.Count > 0 ? new AddrPort(peer.AddressList[0], 0) : default;
                yield return (source, peer.TrafficPath.Endpoint, counts);
            }
        }
    }
}
