using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Routes;

namespace TunStats.NetLog;

/// <summary>The addresses and routes of a device, as the kernel has them.</summary>
internal sealed class KernelRouteFeed : IRouteFeed
{
    private readonly NetworkNamespace? _space;
    private readonly KernelRoutesWatch _watch;

    private KernelRouteFeed(NetworkNamespace? space, KernelRoutesWatch watch) => (_space, _watch) = (space, watch);

    public RouteSet Current => _watch.Current.Routes;

    public bool IsCurrent => _watch.IsCurrent;

    public IEnumerable<IpPrefix> OwnSubnets => OverlayRanges.OwnSubnets(Current).Included;

    internal static KernelRouteFeed Open(string device, string? networkNamespace, TimeProvider timeProvider)
    {
        NetworkNamespace? space = networkNamespace is null ? null : NetworkNamespace.Open(networkNamespace);
        try
        {
            KernelRoutesWatch watch = KernelRoutesWatch.Open(device, space, timeProvider);
            if (watch.Current.IsPresent)
            {
                return new KernelRouteFeed(space, watch);
            }

            watch.Dispose();
            throw LinkErrors.NameNotFound(device);
        }
        catch
        {
            space?.Dispose();
            throw;
        }
    }

    public bool Refresh(CancellationToken cancellationToken) => _watch.Update(cancellationToken);

    public void Dispose()
    {
        _watch.Dispose();
        _space?.Dispose();
    }
}
