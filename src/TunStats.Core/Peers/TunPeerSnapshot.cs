using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Peers;

/// <summary>This node and its peers at one instant, as one source reports them. Immutable.</summary>
public sealed record TunPeerSnapshot
{
    /// <summary>The tunnel device; empty where tailscaled has none (userspace networking).</summary>
    public string Device { get; init; } = string.Empty;

    /// <summary>What told of the peers.</summary>
    public PeerSourceKind Source { get; init; }

    /// <summary>When, UTC.</summary>
    public DateTime Timestamp { get; init; }

    /// <summary>This node; null where the source does not tell of it.</summary>
    public TunPeer? Self { get; init; }

    /// <summary>The peers, in the order of the source.</summary>
    public IReadOnlyList<TunPeer> Peers { get; init; } = [];

    /// <summary>Whether this is one consistent state; else a peer may be missing.</summary>
    public bool IsConsistent { get; init; } = true;

    /// <summary>What could not be read although the rest could, in words for the user.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>
    /// The subnets that this node serves to others, which its kernel's routes do not show: what control allows it
    /// beside its own addresses. A prefix of 0 bits says that it is an exit node.
    /// </summary>
    public IEnumerable<FlowRoute> GetOwnSubnets()
    {
        if (Self is not { } self)
        {
            return [];
        }

        HashSet<IpPrefix> own = [.. self.AddressList.Select(IpPrefix.FromAddress)];
        return RouteSet.From(
            self.PrimaryRouteList.Concat(self.AllowedPrefixList).Where(prefix => !own.Contains(prefix)).Distinct(),
            FlowRouteKind.SubnetRoute,
            $"served by this node ({Source})");
    }

    /// <summary>
    /// All that the tunnel carries by its peers: this node's addresses, the subnets it serves, and the prefixes of the
    /// peers.
    /// </summary>
    public RouteSet ToRouteSet() => new(
        RouteSet.From(
                Self?.AddressList.Select(IpPrefix.FromAddress) ?? [],
                FlowRouteKind.LocalAddress,
                $"address of this node ({Source})")
            .Concat(GetOwnSubnets())
            .Concat(Peers.SelectMany(peer => RouteSet.From(
                peer.AllowedPrefixList, FlowRouteKind.Route, $"allowed prefix of peer {peer}"))));
}
