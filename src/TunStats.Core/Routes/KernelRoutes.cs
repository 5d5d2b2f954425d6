using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Routes;

/// <summary>
/// A device's addresses and every route through it, of all tables, as the kernel has them. Follows the device by its
/// name. One thread at a time.
/// </summary>
public sealed class KernelRoutes : IDisposable
{
    private static readonly uint[] Groups =
        [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE];

    private readonly NetlinkConnection _requests;
    private readonly NetlinkConnection _events;
    private readonly LinkClient _links;
    private bool _isStale;

    internal KernelRoutes(string device, Func<INetlinkSocket> openSocket, TimeProvider timeProvider)
    {
        Device = device;
        _events = new NetlinkConnection(openSocket());
        try
        {
            foreach (uint group in Groups)
            {
                _events.JoinGroup(group);
            }

            _requests = new NetlinkConnection(openSocket());
        }
        catch
        {
            _events.Dispose();
            throw;
        }

        _links = new LinkClient(_requests, timeProvider);
    }

    /// <summary>The device's name.</summary>
    public string Device { get; }

    /// <summary>The addresses, then the routes; replaced as a whole, never changed. Empty while it is gone.</summary>
    public RouteSet Current { get; private set; } = RouteSet.Empty;

    /// <summary>The subnets that the device's addresses are in.</summary>
    public IReadOnlyList<IpPrefix> OwnSubnets { get; private set; } = [];

    /// <summary>Opens sockets and reads.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="networkNamespace">The namespace to ask; null for the caller's own.</param>
    /// <param name="timeProvider">The clock of time limits; null for the system's.</param>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <exception cref="LinkException">There is no such device.</exception>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or answered nonsense.</exception>
    /// <exception cref="NetworkNamespaceException">The namespace may not be entered.</exception>
    public static KernelRoutes Open(
        string device,
        NetworkNamespace? networkNamespace = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        TimeProvider clock = timeProvider ?? TimeProvider.System;
        var routes = new KernelRoutes(device, () => LinkWatch.OpenSocket(networkNamespace, clock), clock);
        try
        {
            routes.Read(cancellationToken);
            return routes;
        }
        catch
        {
            routes.Dispose();
            throw;
        }
    }

    /// <summary>Reads again where the kernel told of a change since the last time.</summary>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <returns>Whether <see cref="Current"/> is another one.</returns>
    /// <exception cref="NetlinkException">The kernel refused, did not answer, or answered nonsense.</exception>
    public bool Refresh(CancellationToken cancellationToken = default)
    {
        _isStale |= HasNews(cancellationToken);
        if (!_isStale)
        {
            return false;
        }

        RouteSet before = Current;
        IReadOnlyList<IpPrefix> subnets = OwnSubnets;
        try
        {
            Read(cancellationToken);
        }
        catch (LinkException e) when (e.Kind == LinkErrorKind.NotFound)
        {
            (Current, OwnSubnets) = (RouteSet.Empty, []);
        }

        _isStale = false;
        if (!before.Routes.SequenceEqual(Current.Routes) || !subnets.SequenceEqual(OwnSubnets))
        {
            return true;
        }

        Current = before;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        _links.Dispose();
    }

    private void Read(CancellationToken cancellationToken)
    {
        int index = _links.GetLink(Device, cancellationToken).Index;
        try
        {
            Read(index, cancellationToken);
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENODEV)
        {
            // It went between the two questions.
            throw LinkErrors.NameNotFound(Device);
        }
    }

    private void Read(int index, CancellationToken cancellationToken)
    {
        var addresses = new AddressVisitor(index, []);
        NetlinkRequest request = _requests.NewRequest(RTM_GETADDR, NLM_F_DUMP);
        AddressMessage.Write(ref request, index);
        _requests.Dump(request, RTM_NEWADDR, ref addresses, cancellationToken);

        var found = new List<FlowRoute>(addresses.Found.Select(a => new FlowRoute(
            IpPrefix.FromAddress(a.Address), FlowRouteKind.LocalAddress, $"address of {Device}")));
        foreach (int family in (ReadOnlySpan<int>)[AF_INET, AF_INET6])
        {
            var routes = new RouteVisitor(index, Device, []);
            request = _requests.NewRequest(RTM_GETROUTE, NLM_F_DUMP);
            RouteMessage.Write(ref request, family, index);
            try
            {
                _requests.Dump(request, RTM_NEWROUTE, ref routes, cancellationToken);
                found.AddRange(routes.Found);
            }
            catch (NetlinkException e) when (e.Errno is Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT)
            {
                // A kernel without IPv6.
            }
        }

        Current = new RouteSet(found);
        OwnSubnets = [.. addresses.Found.Select(a => a.Subnet).Distinct()];
    }

    private bool HasNews(CancellationToken cancellationToken)
    {
        bool any = false;
        var visitor = default(NothingVisitor);
        while (true)
        {
            try
            {
                if (!_events.ReceiveEvents(ref visitor, TimeSpan.Zero, cancellationToken))
                {
                    return any;
                }
            }
            catch (NetlinkException e) when (e.Kind == NetlinkErrorKind.Overrun)
            {
                // What was lost is made up for by reading everything.
            }

            any = true;
        }
    }

    private readonly struct NothingVisitor : INetlinkVisitor
    {
        public void Restart()
        {
        }

        public void Visit(scoped in NetlinkMessage message)
        {
        }
    }

    private readonly struct AddressVisitor(int index, List<AddressMessage> found) : INetlinkVisitor
    {
        internal List<AddressMessage> Found => found;

        public void Restart() => found.Clear();

        public void Visit(scoped in NetlinkMessage message)
        {
            if (AddressMessage.TryParse(message, out AddressMessage address) && address.Index == index)
            {
                found.Add(address);
            }
        }
    }

    private readonly struct RouteVisitor(int index, string device, List<FlowRoute> found) : INetlinkVisitor
    {
        internal List<FlowRoute> Found => found;

        public void Restart() => found.Clear();

        public void Visit(scoped in NetlinkMessage message)
        {
            if (RouteMessage.TryParse(message, out RouteMessage route) && route.LeadsThrough(index))
            {
                string origin = $"route of {device}, table {RouteMessage.TableName(route.Table)}";
                found.Add(new FlowRoute(route.Prefix, FlowRouteKind.Route, origin));
            }
        }
    }
}
