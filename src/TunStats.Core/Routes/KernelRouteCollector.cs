using System.Collections.Generic;
using TunStats.Net;
using TunStats.Netlink;

namespace TunStats.Routes;

/// <summary>Collects one family's routes through a device and appends them.</summary>
internal readonly struct KernelRouteCollector(int index, IpFamily family, List<KernelRoute> routes) : INetlinkVisitor
{
    private readonly int _start = routes.Count;

    public void Restart() => routes.RemoveRange(_start, routes.Count - _start);

    public void Visit(scoped in NetlinkMessage message)
    {
        // A kernel without the family answers with all families; one without filters answers for all devices.
        if (KernelRoute.TryParse(message, index, out KernelRoute route)
            && route.Prefix.Family == family
            && route.IsWanted
            && route.Use != KernelRouteUse.None)
        {
            routes.Add(route);
        }
    }
}
