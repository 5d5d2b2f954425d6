using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Netlink;
using TunStats.Routes;

namespace TunStats.NetLog;

/// <summary>The routes of a device.</summary>
internal sealed class KernelRouteFeed : IRouteFeed
{
    private readonly KernelRoutes _routes;

    private KernelRouteFeed(KernelRoutes routes) => _routes = routes;

    public RouteSet Current => _routes.Current;

    public IEnumerable<IpPrefix> OwnSubnets => _routes.OwnSubnets;

    internal static KernelRouteFeed Open(
        string device, string? networkNamespace, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using NetworkNamespace? there = networkNamespace is null ? null : NetworkNamespace.Open(networkNamespace);
        return new KernelRouteFeed(KernelRoutes.Open(device, there, timeProvider, cancellationToken));
    }

    public bool Refresh(CancellationToken cancellationToken) => _routes.Refresh(cancellationToken);

    public void Dispose() => _routes.Dispose();
}
