using System.Collections.Generic;
using System.Globalization;
using TunStats.Net;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Routes;

/// <summary>
/// Builds the set of a device: its addresses first, then the routes by prefix and table, each once regardless of its
/// metric.
/// </summary>
internal static class KernelRouteSet
{
    private const string LinkLocal = "link-local";

    private static readonly IpPrefix LinkLocal6 = IpPrefix.Parse("fe80::/10");

    /// <summary>Builds the set.</summary>
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
                    NetworkValue = address.Network,
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
        Dictionary<(uint Table, byte Type), string> origins = [];
        KernelRoute previous = default;
        foreach (KernelRoute route in routes)
        {
            // An address adds a local route, which repeats it.
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
                NotCountedBecause = ReasonOf(route.Prefix),
            });
        }
    }

    /// <summary>
    /// Local routes, then by prefix; for one prefix the table main before others, which need a rule.
    /// </summary>
    private static (int Local, IpPrefix Prefix, bool Other, uint Table) Order(in KernelRoute route) =>
        (route.Type == RTN_LOCAL ? 0 : 1, route.Prefix, route.Table != RT_TABLE_MAIN, route.Table);

    /// <summary>
    /// Tailscale's own configuration has no link-local prefix either: neighbour discovery on the link is not traffic
    /// with a network behind a node.
    /// </summary>
    private static string? ReasonOf(IpPrefix prefix) => LinkLocal6.Contains(prefix) ? LinkLocal : null;

    private static string TableName(uint table) => table switch
    {
        RT_TABLE_MAIN => "main",
        RT_TABLE_LOCAL => "local",
        RT_TABLE_DEFAULT => "default",
        _ => table.ToString(CultureInfo.InvariantCulture),
    };
}
