using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Classes;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>Makes nodes of peers, so that connections are classified and named by them.</summary>
public static class PeerNodes
{
    /// <summary>
    /// This node and its peers. Classes come from the nodes of tailscaled, which knows all nodes and what this one
    /// serves to others; WireGuard's give names alone.
    /// </summary>
    /// <param name="snapshot">What a source of peers told.</param>
    /// <param name="localAddresses">
    /// This node's addresses in the tunnel, which WireGuard does not say: those of the device.
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

    /// <summary>Whether two looks give the same nodes and the same routes.</summary>
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
