using System.Collections.Generic;
using System.Globalization;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Routes;

/// <summary>
/// Makes a set of what the kernel has for a device: its addresses first, then the routes by prefix and table, each
/// once whatever its metrics.
/// </summary>
internal static class KernelRouteSet
{
    private const string LinkLocal = "link-local";
    private const string HalfOfDefault = "half of a default route";

    private static readonly IpPrefix LinkLocal6 = IpPrefix.Parse("fe80::/10");

    // Two routes that take all traffic away from a default route without touching it, as VPN clients do (OpenVPN's
    // redirect-gateway def1): together they say as little as a prefix of 0 bits does.
    private static readonly (IpPrefix Lower, IpPrefix Upper)[] Halves =
    [
        (IpPrefix.Parse("0.0.0.0/1"), IpPrefix.Parse("128.0.0.0/1")),
        (IpPrefix.Parse("::/1"), IpPrefix.Parse("8000::/1")),
        (IpPrefix.Parse("2000::/4"), IpPrefix.Parse("3000::/4")),
    ];

    /// <summary>Makes the set.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="addresses">Its addresses, in the kernel's order.</param>
    /// <param name="routes">The routes through it; sorted in place.</param>
    internal static RouteSet Make(string device, List<KernelAddress> addresses, List<KernelRoute> routes)
    {
        List<FlowRoute> all = new(addresses.Count + routes.Count);
        HashSet<IpPrefix> local = [];
        foreach (KernelAddress address in addresses)
        {
            IpPrefix prefix = IpPrefix.FromAddress(address.Address);
            if (local.Add(prefix))
            {
                all.Add(new FlowRoute(prefix, FlowRouteKind.LocalAddress, $"address of {device}")
                {
                    Network = address.Network,
                    NotCountedBecause = ReasonOf(prefix),
                });
            }
        }

        AddRoutes(all, device, routes, local);
        return new RouteSet(all);
    }

    private static void AddRoutes(
        List<FlowRoute> all, string device, List<KernelRoute> routes, HashSet<IpPrefix> local)
    {
        routes.Sort(static (left, right) => Order(left).CompareTo(Order(right)));
        HashSet<IpPrefix> halves = FindHalves(routes);
        Dictionary<(uint Table, byte Type), string> origins = [];
        KernelRoute previous = default;
        foreach (KernelRoute route in routes)
        {
            // An address makes a local route of its own, which says nothing new.
            bool known = route.Prefix == previous.Prefix && route.Table == previous.Table
                && route.Type == previous.Type;
            previous = route;
            if (known || (route.Type == RTN_LOCAL && local.Contains(route.Prefix)))
            {
                continue;
            }

            if (!origins.TryGetValue((route.Table, route.Type), out string? origin))
            {
                string what = route.Type == RTN_LOCAL ? "local route" : "route";
                origin = $"{what} through {device}, table {TableName(route.Table)}";
                origins.Add((route.Table, route.Type), origin);
            }

            FlowRouteKind kind = route.Type == RTN_LOCAL ? FlowRouteKind.LocalAddress : FlowRouteKind.Route;
            all.Add(new FlowRoute(route.Prefix, kind, origin)
            {
                Table = route.Table,
                NotCountedBecause = halves.Contains(route.Prefix) ? HalfOfDefault : ReasonOf(route.Prefix),
            });
        }
    }

    /// <summary>
    /// Local routes, then by prefix; of one prefix the table main before the others, which need a rule to be asked.
    /// </summary>
    private static (int Local, IpPrefix Prefix, bool Other, uint Table) Order(in KernelRoute route) =>
        (route.Type == RTN_LOCAL ? 0 : 1, route.Prefix, route.Table != RT_TABLE_MAIN, route.Table);

    /// <summary>
    /// Tailscale's own configuration has no link-local prefix either: neighbours that look for each other on the link
    /// are no traffic with a network behind one of them.
    /// </summary>
    private static string? ReasonOf(IpPrefix prefix) => LinkLocal6.Contains(prefix) ? LinkLocal : null;

    private static HashSet<IpPrefix> FindHalves(List<KernelRoute> routes)
    {
        HashSet<IpPrefix> wide = [];
        foreach (KernelRoute route in routes)
        {
            if (route.Prefix.Length is 1 or 4 && route.Type == RTN_UNICAST)
            {
                wide.Add(route.Prefix);
            }
        }

        HashSet<IpPrefix> halves = [];
        foreach ((IpPrefix lower, IpPrefix upper) in Halves)
        {
            if (wide.Contains(lower) && wide.Contains(upper))
            {
                halves.Add(lower);
                halves.Add(upper);
            }
        }

        return halves;
    }

    private static string TableName(uint table) => table switch
    {
        RT_TABLE_MAIN => "main",
        RT_TABLE_LOCAL => "local",
        RT_TABLE_DEFAULT => "default",
        _ => table.ToString(CultureInfo.InvariantCulture),
    };
}
