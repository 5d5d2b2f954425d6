using System;
using System.Threading;
using TunStats.IO;
using TunStats.Links;
using TunStats.Routes;

namespace TunStats.Classes;

/// <summary>The addresses and routes of a device, from the kernel.</summary>
internal sealed class KernelRouteFeed : IRouteFeed
{
    private readonly NetworkNamespace? _space;
    private readonly KernelRoutesWatch _watch;
    private readonly KernelRouteSignal _signal;

    private KernelRouteFeed(string device, NetworkNamespace? space, KernelRoutesWatch watch, TimeProvider timeProvider)
    {
        _space = space;
        _watch = watch;
        _signal = new KernelRouteSignal(device, () => LinkWatch.OpenSocket(space, timeProvider), timeProvider);
    }

    public RouteSet Current => _watch.Current.Routes;

    public bool IsCurrent => _watch.IsCurrent;

    internal static KernelRouteFeed Open(string device, string? networkNamespace, TimeProvider timeProvider)
    {
        NetworkNamespace? space = networkNamespace is null ? null : NetworkNamespace.Open(networkNamespace);
        try
        {
            KernelRoutesWatch watch = KernelRoutesWatch.OpenFollowing(device, space, timeProvider);
            if (watch.Current.IsPresent)
            {
                return new KernelRouteFeed(device, space, watch, timeProvider);
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

    public void Listen() => _signal.Open();

    public void WaitForEvent(CancellationToken cancellationToken) =>
        _signal.Wait(_watch.Current.Index, cancellationToken);

    public void Settle(CancellationToken cancellationToken) => _signal.Settle(cancellationToken);

    public void Dispose()
    {
        _signal.Dispose();
        _watch.Dispose();
        _space?.Dispose();
    }
}
