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
    private readonly PrefixTable<FlowRoute> _table;
    private readonly Lazy<PrefixTable<FlowRoute>> _notCounted;

    /// <summary>
    /// A set. Prefixes are masked; equal ones are all kept and the first decides. Routes that cover the Internet are
    /// marked and do not count: those of 0 bits, those too wide for one network (less than 8 bits of IPv4, 12 of IPv6),
    /// and all public ones where they cover half or more of the public addresses of their family.
    /// </summary>
    public RouteSet(IEnumerable<FlowRoute> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Routes = InternetRoutes.Mark(routes.Select(Masked));
        _table = new PrefixTable<FlowRoute>(
            Routes.Where(route => route.Counts)
                .Reverse()
                .Select(route => KeyValuePair.Create(route.PrefixValue, route)));
        _notCounted = new Lazy<PrefixTable<FlowRoute>>(() => new PrefixTable<FlowRoute>(
            Routes.Where(route => route.NotCountedBecause is not null).Reverse()
                .Select(route => KeyValuePair.Create(route.PrefixValue, route))));
    }

    /// <summary>A set without a prefix: all traffic is exit traffic.</summary>
    public static RouteSet Empty { get; } = new([]);

    /// <summary>All routes in the order given, including those that do not count.</summary>
    public IReadOnlyList<FlowRoute> Routes { get; }

    /// <summary>The distinct prefixes that count, masked and in order, with the deciding route.</summary>
    public IReadOnlyList<KeyValuePair<IpPrefix, FlowRoute>> Entries => _table.Entries;

    /// <summary>Whether nothing in it counts.</summary>
    public bool IsEmpty => _table.Count == 0;

    /// <summary>The addresses of the device itself, where they are known individually.</summary>
    public IEnumerable<IpAddr> LocalAddresses => Routes
        .Where(route => route.Kind == FlowRouteKind.LocalAddress && route.PrefixValue.IsSingleAddress)
        .Select(route => route.PrefixValue.Address);

    /// <summary>The route with the longest prefix that contains the address.</summary>
    public bool TryFind(IpAddr address, out FlowRoute? route) => _table.TryFind(address, out _, out route!);

    /// <summary>The route with the longest prefix that contains the address, among those that do not count.</summary>
    internal FlowRoute? FindNotCounted(IpAddr address) =>
        _notCounted.Value.TryFind(address, out _, out FlowRoute route) ? route : null;

    /// <summary>The union with another set; where both have a prefix, this set decides.</summary>
    public RouteSet Union(RouteSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new RouteSet(Routes.Concat(other.Routes));
    }

    /// <summary>Routes of one kind and origin; a single address is a prefix of full length.</summary>
    public static IEnumerable<FlowRoute> From(IEnumerable<IpPrefix> prefixes, FlowRouteKind kind, string origin) =>
        prefixes.Select(prefix => new FlowRoute(prefix, kind, origin));

    private static FlowRoute Masked(FlowRoute route)
    {
        IpPrefix masked = route.PrefixValue.Masked();
        return masked == route.PrefixValue ? route : route with { PrefixValue = masked };
    }
}
