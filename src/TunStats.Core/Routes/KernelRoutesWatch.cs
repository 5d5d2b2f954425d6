using System;
using System.Linq;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Routes;

/// <summary>
/// Keeps the addresses and routes of a device up to date by events: addresses, routes, next hops, and the device
/// itself, which is followed by name when it goes and comes back. After lost events (ENOBUFS) it reads everything. One
/// thread updates; any thread may take <see cref="Current"/>, which is swapped as a whole.
/// </summary>
internal sealed class KernelRoutesWatch : IDisposable
{
    private const int MaxDatagrams = 1_000_000;

    private readonly string _name;
    private byte[] _nameBytes;
    private readonly Func<INetlinkSocket> _openSocket;
    private readonly TimeProvider _timeProvider;
    private NetlinkConnection? _events;
    private KernelRoutes? _routes;
    private DeviceRoutes _current;
    private string _followed;
    private bool _isStale = true;

    /// <summary>Makes a watch; its sockets are opened on demand, and again after an error.</summary>
    /// <param name="name">The device's name; it need not exist yet.</param>
    /// <param name="openSocket">Opens a NETLINK_ROUTE socket in the namespace, or a fake one.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="TunStatsException">The text cannot be a device's name.</exception>
    public KernelRoutesWatch(string name, Func<INetlinkSocket> openSocket, TimeProvider? timeProvider = null)
    {
        if (LinkName.Validate(name) is { } message)
        {
            throw LinkErrors.InvalidName(name, message);
        }

        _name = _followed = name;
        _nameBytes = LinkName.ToBytes(name);
        _openSocket = openSocket;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _current = Nothing;
    }

    /// <summary>
    /// Reads a device's routes for the first time, and follows the device, also renamed, until it is removed.
    /// </summary>
    internal static KernelRoutesWatch OpenFollowing(
        string name, NetworkNamespace? networkNamespace, TimeProvider timeProvider) => Open(
        new KernelRoutesWatch(name, () => LinkWatch.OpenSocket(networkNamespace, timeProvider), timeProvider)
        {
            FollowsRename = true,
        });

    private static KernelRoutesWatch Open(KernelRoutesWatch watch)
    {
        try
        {
            watch.Update();
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>The last reading; empty before the first update and while the device is absent.</summary>
    public DeviceRoutes Current => Volatile.Read(ref _current);

    /// <summary>Whether <see cref="Current"/> is complete.</summary>
    public bool IsCurrent => !_isStale;

    /// <summary>
    /// Whether a renamed device is followed by its index until it is removed, and only then another one of the first
    /// name is followed.
    /// </summary>
    internal bool FollowsRename { get; init; }

    private DeviceRoutes Nothing => new(_name, 0, RouteSet.Empty, DumpOutcome.Consistent);

    /// <summary>
    /// Applies the queued events without waiting, and reads again if they require it. Allocates nothing if they do not.
    /// </summary>
    /// <param name="cancellationToken">Ends a reading.</param>
    /// <returns>Whether <see cref="Current"/> changed.</returns>
    /// <exception cref="NetlinkException">
    /// A socket failed; the next call finds what it missed.
    /// </exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public bool Update(CancellationToken cancellationToken = default)
    {
        try
        {
            // Listen before the first reading, so that no change is missed.
            NetlinkConnection events = _events ??= Join(_openSocket);
            for (int i = 0; i < MaxDatagrams && Receive(events); i++)
            {
            }

            return _isStale && Read(cancellationToken);
        }
        catch (NetlinkException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Closes the sockets; the next update opens others and finds what it missed.</summary>
    public void Close()
    {
        _events?.Dispose();
        _events = null;
        _routes?.Dispose();
        _routes = null;
        _isStale = true;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>Takes the events of one datagram.</summary>
    /// <returns>False if there is none.</returns>
    private bool Receive(NetlinkConnection events)
    {
        var visitor = new KernelRouteEvents(_current.Index, _nameBytes);
        try
        {
            bool received = events.ReceiveEvents(ref visitor, TimeSpan.Zero, CancellationToken.None);
            _isStale |= visitor.Concern;
            if (FollowsRename && (visitor.IsGone || visitor.NewName is not null))
            {
                Follow(visitor.IsGone ? _name : visitor.NewName!);
            }

            return received;
        }
        catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun)
        {
            _isStale = true;
            return true;
        }
    }

    private bool Read(CancellationToken cancellationToken)
    {
        DeviceRoutes now;
        try
        {
            _routes ??= new KernelRoutes(new NetlinkConnection(_openSocket()), _timeProvider);
            now = ReadFollowed(_routes, cancellationToken);
        }
        catch (TunStatsException e) when (e.Kind == ErrorKind.DeviceNotFound)
        {
            now = Nothing;
        }

        _isStale = now.Outcome == DumpOutcome.Interrupted;
        bool same = now.Index == _current.Index
            && now.Outcome == _current.Outcome
            && now.Routes.Routes.SequenceEqual(_current.Routes.Routes);
        if (!same)
        {
            Volatile.Write(ref _current, now);
        }

        return !same;
    }

    private DeviceRoutes ReadFollowed(KernelRoutes routes, CancellationToken cancellationToken)
    {
        try
        {
            return routes.Read(_followed, cancellationToken);
        }
        catch (TunStatsException e) when (e.Kind == ErrorKind.DeviceNotFound && _followed != _name)
        {
            // It was removed or renamed again, and the event was lost.
            Follow(_name);
            return routes.Read(_name, cancellationToken);
        }
    }

    private void Follow(string name)
    {
        _followed = name;
        _nameBytes = LinkName.ToBytes(name);
    }

    /// <summary>Opens a connection that receives the events of links, addresses, routes and next hops.</summary>
    internal static NetlinkConnection Join(Func<INetlinkSocket> openSocket)
    {
        var connection = new NetlinkConnection(openSocket());
        try
        {
            connection.JoinGroup(RTNLGRP_LINK);
            connection.JoinGroup(RTNLGRP_IPV4_IFADDR);
            connection.JoinGroup(RTNLGRP_IPV4_ROUTE);
            connection.JoinGroup(RTNLGRP_IPV6_IFADDR);
            connection.JoinGroup(RTNLGRP_IPV6_ROUTE);
            JoinNexthops(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void JoinNexthops(NetlinkConnection connection)
    {
        try
        {
            connection.JoinGroup(RTNLGRP_NEXTHOP);
        }
        catch (NetlinkException e) when (e.Errno == Errno.EINVAL)
        {
            // A kernel before 5.3 has neither the group nor next hop objects.
        }
    }
}
