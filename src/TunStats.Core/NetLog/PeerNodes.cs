using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Classes;
using TunStats.Net;
using TunStats.Peers;

namespace TunStats.NetLog;

/// <summary>Makes nodes of peers, so that connections are classified and named by them.</summary>
public static class PeerNodes
{
    /// <summary>This node and its peers.</summary>
    /// <param name="snapshot">What a source of peers told.</param>
    /// <param name="localAddresses">
    /// This node's addresses in the tunnel, which WireGuard does not tell: those of the device.
    /// </param>
    public static NodeMap ToNodeMap(this TunPeerSnapshot snapshot, IEnumerable<IpAddr>? localAddresses = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        NetLogNode self = snapshot.Self is { } peer ? ToNode(peer, localAddresses) : new NetLogNode
        {
            AddressValues = [.. (localAddresses ?? []).Distinct()],
        };
        return new NodeMap(self, snapshot.Peers.Select(other => ToNode(other)));
    }

    /// <summary>A node; WireGuard knows its peers by key alone, which is then the node's id.</summary>
    private static NetLogNode ToNode(TunPeer peer, IEnumerable<IpAddr>? more = null) => new()
    {
        NodeId = peer.NodeId.Length > 0 ? peer.NodeId : peer.PublicKey,
        Name = peer.Name,
        AddressValues = [.. peer.GetAddresses().Concat(more ?? []).Distinct()],
        OS = peer.OS,
        User = peer.User,
        Tags = [.. peer.GetTags().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
    };
}
