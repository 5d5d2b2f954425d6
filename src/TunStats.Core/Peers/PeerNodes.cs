using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Classes;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>Converts peers to nodes, which classify and name connections.</summary>
internal static class PeerNodes
{
    /// <summary>
    /// This node and its peers. Nodes of tailscaled decide the classes, because it knows all nodes and what this one
    /// serves to others; those of WireGuard only give names.
    /// </summary>
    /// <param name="snapshot">The reading of a source.</param>
    /// <param name="localAddresses">
    /// This node's addresses in the tunnel, from the device: WireGuard does not report them.
    /// </param>
    public static NodeMap ToNodeMap(this TunPeerSnapshot snapshot, IEnumerable<IpAddr>? localAddresses = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        NetLogNode self = snapshot.Self is { } peer ? ToNode(peer, localAddresses) : new NetLogNode
        {
            AddressValues = [.. (localAddresses ?? []).Distinct()],
        };
        return new NodeMap(self, snapshot.Peers.Select(other => ToNode(other)))
        {
            DecidesClasses = snapshot.Source == PeerSourceKind.Tailscale,
        };
    }

    /// <summary>Whether two readings give the same nodes and routes.</summary>
    internal static bool HasSameNodes(TunPeerSnapshot left, TunPeerSnapshot right) =>
        left.Source == right.Source
        && left.Peers.Count == right.Peers.Count
        && IsSame(left.Self, right.Self)
        && left.Peers.Zip(right.Peers).All(pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(TunPeer? left, TunPeer? right) => left is null || right is null
        ? left == right
        : left.Identity == right.Identity
            && left.Name == right.Name
            && left.OS == right.OS
            && left.User == right.User
            && left.TagList.SequenceEqual(right.TagList)
            && left.AddressList.SequenceEqual(right.AddressList)
            && left.AllowedPrefixList.SequenceEqual(right.AllowedPrefixList)
            && left.PrimaryRouteList.SequenceEqual(right.PrimaryRouteList);

    /// <summary>A node; WireGuard identifies peers only by key, which is then the node's id.</summary>
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
