using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Packets;

namespace TunStats.Routes;

/// <summary>
/// The address ranges of an overlay network: an address within them belongs to a node, one outside to a network
/// behind a node or to the rest of the world. An IPv4-mapped address counts as its IPv4 address. Immutable.
/// </summary>
public sealed class OverlayRanges
{
    private readonly PrefixTable<bool> _table;

    private OverlayRanges(IReadOnlyList<IpPrefix> included, IReadOnlyList<IpPrefix> excluded)
    {
        Included = included;
        Excluded = excluded;
        _table = new PrefixTable<bool>(
            included.Select(prefix => KeyValuePair.Create(prefix, true))
                .Concat(excluded.Select(prefix => KeyValuePair.Create(prefix, false))));
    }

    /// <summary>Tailscale's: 100.64.0.0/10 without 100.115.92.0/23, and fd7a:115c:a1e0::/48.</summary>
    public static OverlayRanges Tailscale { get; } =
        new([TailscaleRanges.IPv4, TailscaleRanges.IPv6], [TailscaleRanges.ChromeOS]);

    /// <summary>The prefixes that make it up, masked.</summary>
    public IReadOnlyList<IpPrefix> Included { get; }

    /// <summary>The prefixes within them that do not belong to it, masked.</summary>
    public IReadOnlyList<IpPrefix> Excluded { get; }

    /// <summary>An overlay of these prefixes (a WireGuard network's 10.8.0.0/24, say).</summary>
    public static OverlayRanges Of(IEnumerable<IpPrefix> prefixes) => new([.. prefixes.Select(p => p.Masked())], []);

    /// <summary>
    /// An overlay of the networks that the device has its addresses in: 10.8.0.0/24 where it has 10.8.0.1/24, as in a
    /// WireGuard or OpenVPN network. An address without a network stands for itself, and on a point-to-point link both
    /// ends belong to it. Link-local networks and those of 0 bits do not.
    /// </summary>
    /// <param name="routes">What there is for the device, its addresses among it.</param>
    public static OverlayRanges OwnSubnets(RouteSet routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return Of(OwnPrefixes(routes));
    }

    /// <summary>Whether the address belongs to it.</summary>
    public bool Contains(IpAddr address) =>
        _table.TryFind(address.Unmap().WithoutZone(), out _, out bool included) && included;

    /// <summary>The prefix of it that has the address; false where none has, or one that is excluded.</summary>
    public bool TryFind(IpAddr address, out IpPrefix prefix) =>
        _table.TryFind(address.Unmap().WithoutZone(), out prefix, out bool included) && included;

    private static IEnumerable<IpPrefix> OwnPrefixes(RouteSet routes) => routes.Routes
        .Where(route => route.Kind == FlowRouteKind.LocalAddress && route.Counts)
        .SelectMany(route => route.Network is not { Length: > 0 } network ? (IpPrefix[])[route.Prefix]
            : network.Contains(route.Prefix) ? [network.Masked()]
            : [network.Masked(), route.Prefix])
        .Distinct();
}
