using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>What one look at the peers says beside the look before. Immutable.</summary>
public sealed class PeerReport
{
    internal PeerReport(TunPeerSnapshot snapshot, IReadOnlyList<PeerPathChange> pathChanges)
    {
        Snapshot = snapshot;
        PathChanges = pathChanges;
    }

    /// <summary>The peers, with their increases and path times.</summary>
    public TunPeerSnapshot Snapshot { get; }

    /// <summary>The paths that changed since the look before.</summary>
    public IReadOnlyList<PeerPathChange> PathChanges { get; }

    /// <summary>
    /// The traffic below the tunnel since the look before, one entry a peer that had any: from the peer's tunnel
    /// address with port 0 to where the packets went, protocol 0. The sources count bytes alone, so packets are 0.
    /// Where the path changed between the looks, all bytes are counted for the later path.
    /// </summary>
    /// <param name="window">The window that the entries are of.</param>
    public IReadOnlyList<TupleCounts> ToPhysicalTraffic(FlowWindow window)
    {
        ArgumentNullException.ThrowIfNull(window);
        return
        [
            .. PhysicalBytes().Select(row => new TupleCounts(default, row.Source, row.Destination, row.Counts, window)
            {
                Class = FlowClass.Physical,
            }),
        ];
    }

    /// <summary>The ends and the bytes of the entries.</summary>
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
