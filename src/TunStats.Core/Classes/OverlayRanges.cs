using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>
/// The address ranges of an overlay network: an address within them belongs to a node, an address outside to a network
/// behind a node or elsewhere. An IPv4-mapped address counts as its IPv4 address. Immutable.
/// </summary>
internal sealed class OverlayRanges
{
    // A wider route, such as 10.0.0.0/8, is more likely many networks behind a peer than one network of peers.
    private const int WidestIPv4 = 16;
    private const int WidestIPv6 = 48;

    private OverlayRanges(IReadOnlyList<IpPrefix> included, IReadOnlyList<IpPrefix> excluded)
    {
        Included = included;
        Excluded = excluded;
    }

    /// <summary>Tailscale's: 100.64.0.0/10 without 100.115.92.0/23, and fd7a:115c:a1e0::/48.</summary>
    public static OverlayRanges Tailscale { get; } =
        new([TailscaleRanges.IPv4, TailscaleRanges.IPv6], [TailscaleRanges.ChromeOS]);

    /// <summary>The prefixes, masked.</summary>
    public IReadOnlyList<IpPrefix> Included { get; }

    /// <summary>The excluded prefixes within them, masked.</summary>
    public IReadOnlyList<IpPrefix> Excluded { get; }

    /// <summary>An overlay of these prefixes, such as a WireGuard network's 10.8.0.0/24.</summary>
    public static OverlayRanges Of(IEnumerable<IpPrefix> prefixes) => new([.. prefixes.Select(p => p.Masked())], []);

    /// <summary>
    /// The default overlay of a tunnel: Tailscale's ranges if one of its addresses is in them, else its own networks
    /// (<see cref="OwnSubnets"/>), and Tailscale's ranges if no address is known.
    /// </summary>
    /// <param name="routes">The routes of the device, including its addresses.</param>
    public static OverlayRanges Default(RouteSet routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        if (LocalRoutes(routes).Any(route => TailscaleRanges.IsTailscaleAddress(route.PrefixValue.Address)))
        {
            return Tailscale;
        }

        OverlayRanges own = OwnSubnets(routes);
        return own.Included.Count > 0 ? own : Tailscale;
    }

    /// <summary>
    /// An overlay of the networks of the device's addresses: 10.8.0.0/24 for 10.8.0.1/24, as in a WireGuard or OpenVPN
    /// network. On a point-to-point link both ends belong to it. Link-local networks and default routes do not. For a
    /// single address (10.8.0.1/32) its network is the route that contains it (10.8.0.0/24); without one, the single
    /// addresses routed to the device are its peers.
    /// </summary>
    /// <param name="routes">The routes of the device, including its addresses.</param>
    public static OverlayRanges OwnSubnets(RouteSet routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        PrefixTable<bool> networks = PrefixTable<bool>.Of(
            Routed(routes).Where(prefix => !prefix.IsSingleAddress), value: true);
        List<IpPrefix> own = [];
        HashSet<IpFamily> alone = [];
        foreach (FlowRoute local in LocalRoutes(routes))
        {
            own.AddRange(Ends(local));
            IpAddr address = local.PrefixValue.Address;
            if (!local.PrefixValue.IsSingleAddress || HasNetwork(local))
            {
                continue;
            }

            if (!networks.TryFind(address, out IpPrefix network, out _))
            {
                alone.Add(address.Family);
            }
            else if (network.Length >= (address.Is4 ? WidestIPv4 : WidestIPv6))
            {
                own.Add(network);
            }
        }

        own.AddRange(Routed(routes).Where(prefix =>
            prefix.IsSingleAddress && alone.Contains(prefix.Family) && !InternetRoutes.IsPublic(prefix)));
        return Of(own.Distinct());
    }

    internal static OverlayRanges Union(IEnumerable<OverlayRanges> parts)
    {
        OverlayRanges[] all = [.. parts.Distinct()];
        return all.Length == 1 ? all[0] : new(
            [.. all.SelectMany(part => part.Included).Distinct()],
            [.. all.SelectMany(part => part.Excluded).Distinct()]);
    }

    internal bool HasSameRanges([NotNullWhen(true)] OverlayRanges? other) => other is not null
        && Included.SequenceEqual(other.Included)
        && Excluded.SequenceEqual(other.Excluded);

    /// <summary>The prefix that contains the address; false if none does, or if it is excluded.</summary>
    public bool TryFind(IpAddr address, out IpPrefix prefix)
    {
        IpAddr plain = address.Unmap().WithoutZone();
        IpPrefix longest = Included.Where(range => range.Contains(plain))
            .OrderByDescending(range => range.Length)
            .FirstOrDefault();
        prefix = longest;
        return longest.IsValid && !Excluded.Any(range => range.Length >= longest.Length && range.Contains(plain));
    }

    private static IEnumerable<FlowRoute> LocalRoutes(RouteSet routes) =>
        routes.Routes.Where(route => route.Kind == FlowRouteKind.LocalAddress && route.Counts);

    private static IEnumerable<IpPrefix> Routed(RouteSet routes) =>
        routes.Entries.Where(entry => entry.Value.Kind == FlowRouteKind.Route).Select(entry => entry.Key);

    private static bool HasNetwork(FlowRoute local) =>
        local.NetworkValue is { Length: > 0, IsSingleAddress: false } network && network.Contains(local.PrefixValue);

    private static IEnumerable<IpPrefix> Ends(FlowRoute local) =>
        local.NetworkValue is not { Length: > 0 } network ? [local.PrefixValue]
        : HasNetwork(local) ? [network.Masked()]
        : [network.Masked(), local.PrefixValue];
}
