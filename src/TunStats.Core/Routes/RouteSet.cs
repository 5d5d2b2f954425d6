using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;

namespace TunStats.Routes;

/// <summary>
/// The prefixes of one tunnel: its own addresses, the destinations routed into it, and the subnets it serves; each with
/// its origin. Immutable: a change makes a new set.
/// </summary>
internal sealed class RouteSet
{
    /// <summary>
    /// A set. Prefixes are masked; equal ones are all kept and the first decides. Routes that cover the Internet are
    /// marked and do not count: those of 0 bits, those too wide for one network (less than 8 bits of IPv4, 12 of IPv6),
    /// and all public ones where they cover half or more of the public addresses of their family.
    /// </summary>
    public RouteSet(IEnumerable<FlowRoute> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Routes = InternetRoutes.Mark(routes.Select(Masked));
        Entries =
        [
            .. Routes.Where(route => route.Counts).DistinctBy(route => route.PrefixValue)
                .OrderBy(route => route.PrefixValue)
                .Select(route => KeyValuePair.Create(route.PrefixValue, route)),
        ];
    }

    /// <summary>A set without a prefix: all traffic is exit traffic.</summary>
    public static RouteSet Empty { get; } = new([]);

    /// <summary>All routes in the order given, including those that do not count.</summary>
    public IReadOnlyList<FlowRoute> Routes { get; }

    /// <summary>The distinct prefixes that count, masked and in order, with the deciding route.</summary>
    public IReadOnlyList<KeyValuePair<IpPrefix, FlowRoute>> Entries { get; }

    /// <summary>Whether nothing in it counts.</summary>
    public bool IsEmpty => Entries.Count == 0;

    /// <summary>The addresses of the device itself, where they are known individually.</summary>
    public IEnumerable<IpAddr> LocalAddresses => Routes
        .Where(route => route.Kind == FlowRouteKind.LocalAddress && route.PrefixValue.IsSingleAddress)
        .Select(route => route.PrefixValue.Address);

    /// <summary>The route with the longest prefix that contains the address, among those that do not count.</summary>
    internal FlowRoute? FindNotCounted(IpAddr address) =>
        Routes.Where(route => route.NotCountedBecause is not null && route.PrefixValue.Contains(address))
            .MaxBy(route => route.PrefixValue.Length);

    /// <summary>Routes of one kind and origin; a single address is a prefix of full length.</summary>
    public static IEnumerable<FlowRoute> From(IEnumerable<IpPrefix> prefixes, FlowRouteKind kind, string origin) =>
        prefixes.Select(prefix => new FlowRoute(prefix, kind, origin));

    private static FlowRoute Masked(FlowRoute route)
    {
        IpPrefix masked = route.PrefixValue.Masked();
        return masked == route.PrefixValue ? route : route with { PrefixValue = masked };
    }
}
