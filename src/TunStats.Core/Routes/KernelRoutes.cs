using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Routes;

/// <summary>
/// Reads the addresses of a device and all routes through it, of both families and all tables, from the kernel of one
/// network namespace (RTM_GETADDR, RTM_GETROUTE). It needs no privilege. Not thread-safe.
/// </summary>
internal sealed class KernelRoutes : IDisposable
{
    private readonly NetlinkConnection _connection;
    private readonly LinkClient _links;

    /// <summary>Asks over a connection and takes ownership of it.</summary>
    /// <param name="connection">A connection over a NETLINK_ROUTE socket, or a fake one.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public KernelRoutes(NetlinkConnection connection, TimeProvider? timeProvider = null)
    {
        _connection = connection;
        _links = new LinkClient(connection, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Opens a socket.</summary>
    /// <param name="networkNamespace">The namespace to ask; null for the caller's own.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static KernelRoutes Open(NetworkNamespace? networkNamespace = null, TimeProvider? timeProvider = null)
    {
        NetlinkSocket socket = NetlinkSocket.Open(NETLINK_ROUTE, networkNamespace, timeProvider);
        return new KernelRoutes(new NetlinkConnection(socket), timeProvider);
    }

    /// <summary>Reads the addresses and routes of a device.</summary>
    /// <param name="name">The device's name, at most 15 bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">There is no such device, or it cannot be a name.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or sent an invalid answer.</exception>
    public DeviceRoutes Read(string name, CancellationToken cancellationToken = default)
    {
        int index = _links.GetLink(name, cancellationToken).Index;
        List<KernelAddress> addresses = [];
        List<KernelRoute> routes = [];
        try
        {
            bool isWhole = true;
            foreach (IpFamily family in (ReadOnlySpan<IpFamily>)[IpFamily.IPv4, IpFamily.IPv6])
            {
                isWhole &= DumpAddresses(index, family, addresses, cancellationToken) == DumpOutcome.Consistent;
                isWhole &= DumpRoutes(index, family, routes, cancellationToken) == DumpOutcome.Consistent;
            }

            isWhole &= ResolveNexthops(index, routes, cancellationToken) == DumpOutcome.Consistent;
            return new DeviceRoutes(
                name,
                index,
                KernelRouteSet.Make(name, addresses, routes),
                isWhole ? DumpOutcome.Consistent : DumpOutcome.Interrupted);
        }
        catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkRefused && e.Errno == Errno.ENODEV)
        {
            // It was removed between two requests.
            throw LinkErrors.NameNotFound(name);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _links.Dispose();

    private static byte NumberOf(IpFamily family) => (byte)(family == IpFamily.IPv4 ? AF_INET : AF_INET6);

    private DumpOutcome DumpAddresses(
        int index, IpFamily family, List<KernelAddress> addresses, CancellationToken cancellationToken)
    {
        // With strict checks the kernel filters by the index; an older one sends the addresses of all devices.
        NetlinkRequest request = _connection.NewRequest(RTM_GETADDR, NLM_F_DUMP);
        request.Append(new ifaddrmsg { ifa_family = NumberOf(family), ifa_index = (uint)index });
        var visitor = new KernelAddressCollector(index, family, addresses);
        return _connection.Dump(request, RTM_NEWADDR, ref visitor, cancellationToken);
    }

    private DumpOutcome DumpRoutes(
        int index, IpFamily family, List<KernelRoute> routes, CancellationToken cancellationToken)
    {
        // RTA_OIF also filters, including the next hops of multipath routes.
        NetlinkRequest request = _connection.NewRequest(RTM_GETROUTE, NLM_F_DUMP);
        request.Append(new rtmsg { rtm_family = NumberOf(family) });
        request.AppendAttribute(RTA_OIF, index);
        var visitor = new KernelRouteCollector(index, family, routes);
        return _connection.Dump(request, RTM_NEWROUTE, ref visitor, cancellationToken);
    }

    /// <summary>Looks up the next hop objects of routes that name only these.</summary>
    private DumpOutcome ResolveNexthops(int index, List<KernelRoute> routes, CancellationToken cancellationToken)
    {
        if (!routes.Exists(static route => route.Use == KernelRouteUse.Nexthop))
        {
            return DumpOutcome.Consistent;
        }

        NetlinkRequest request = _connection.NewRequest(RTM_GETNEXTHOP, NLM_F_DUMP);
        request.Append(default(nhmsg));
        var visitor = new KernelNexthops(index);
        DumpOutcome outcome = _connection.Dump(request, RTM_NEWNEXTHOP, ref visitor, cancellationToken);
        HashSet<uint> used = visitor.Resolve();
        routes.RemoveAll(route => route.Use == KernelRouteUse.Nexthop && !used.Contains(route.NexthopId));
        return outcome;
    }
}
