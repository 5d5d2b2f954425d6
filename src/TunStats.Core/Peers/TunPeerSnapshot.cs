using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Peers;

/// <summary>This node and its peers at one instant, from one source. Immutable.</summary>
internal sealed record TunPeerSnapshot
{
    /// <summary>The tunnel device; empty where tailscaled has none (userspace networking).</summary>
    public string Device { get; init; } = string.Empty;

    /// <summary>The kind of the source.</summary>
    public PeerSourceKind Source { get; init; }

    /// <summary>The time, UTC.</summary>
    public DateTime Timestamp { get; init; }

    /// <summary>This node; null if the source does not report it.</summary>
    public TunPeer? Self { get; init; }

    /// <summary>The peers, in the order of the source.</summary>
    public IReadOnlyList<TunPeer> Peers { get; init; } = [];

    /// <summary>Whether this is one consistent state; otherwise a peer may be missing.</summary>
    public bool IsConsistent { get; init; } = true;

    /// <summary>A message about the part that could not be read; null for none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>
    /// The subnets that this node serves to others, which its kernel routes do not show: the prefixes that control
    /// allows it besides its own addresses. A default route means that it is an exit node.
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
    /// All routes from the peers: this node's addresses, the subnets it serves, and the prefixes of the peers.
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
