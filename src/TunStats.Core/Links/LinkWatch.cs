using System;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Links;

/// <summary>
/// Tracks the devices of one network namespace and reports additions, removals and renames, from the kernel's link
/// events (RTNLGRP_LINK). Where events were lost (ENOBUFS) it lists the devices again and reports the differences. Not
/// thread-safe.
/// </summary>
internal sealed class LinkWatch : IDisposable
{
    /// <summary>Room for bursts: an event takes some 4 KiB of the kernel's memory.</summary>
    private const int ReceiveQueueBytes = 4 * 1024 * 1024;

    private const int MaxDatagramsToDiscard = 1_000_000;

    // A socket that reports nothing but lost events is closed; the next update opens another.
    private const int MaxOverruns = 1000;

    private readonly Func<INetlinkSocket> _openSocket;
    private readonly LinkTable _table = new();
    private NetlinkConnection? _events;
    private bool _isStale = true;

    /// <summary>Makes a watch; its sockets are opened on demand, and again after an error.</summary>
    /// <param name="openSocket">Opens a NETLINK_ROUTE socket in the namespace, or a fake one.</param>
    public LinkWatch(Func<INetlinkSocket> openSocket) => _openSocket = openSocket;

    /// <summary>Opens a socket that has room for bursts of events.</summary>
    /// <param name="networkNamespace">The namespace to watch; null for the caller's own.</param>
    /// <param name="timeProvider">The clock of time limits.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static INetlinkSocket OpenSocket(NetworkNamespace? networkNamespace, TimeProvider timeProvider)
    {
        NetlinkSocket socket = NetlinkSocket.Open(NETLINK_ROUTE, networkNamespace, timeProvider);
        socket.RequestReceiveQueue(ReceiveQueueBytes);
        return socket;
    }

    /// <summary>Whether the table is complete: the devices were listed and no event was lost since.</summary>
    public bool IsCurrent => !_isStale;

    /// <summary>
    /// Applies the queued events without waiting. The first time, and after events were lost, it lists the devices.
    /// Allocates nothing if nothing happened.
    /// </summary>
    /// <param name="client">Lists the devices of the same namespace.</param>
    /// <param name="observer">Receives the changes; the first time all devices as added.</param>
    /// <param name="cancellationToken">Ends a listing.</param>
    /// <returns>Whether there was any change.</returns>
    /// <exception cref="NetlinkException">
    /// A socket failed; the next call finds what it missed.
    /// </exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public bool Update(LinkClient client, ILinkChangeObserver observer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        long before = _table.Changes;
        try
        {
            NetlinkConnection events = _events ??= Join();
            var visitor = new LinkEventVisitor(_table, observer);
            while (!_isStale && TryReceive(events, ref visitor))
            {
            }

            if (_isStale)
            {
                // Queued events are older than the listing and may be outdated: discard them first.
                Discard(events, cancellationToken);
                LinkList<LinkInfo> links = client.ListLinks(null, cancellationToken);
                _isStale = links.Outcome == DumpOutcome.Interrupted;
                _table.Replace(links.Items, isComplete: !_isStale, observer);
            }
        }
        catch (NetlinkException)
        {
            Close();
            throw;
        }

        return _table.Changes != before;
    }

    /// <summary>Makes the next update list the devices.</summary>
    public void Invalidate() => _isStale = true;

    /// <summary>Closes the socket; the next update opens another and finds what it missed.</summary>
    public void Close()
    {
        _events?.Dispose();
        _events = null;
        _isStale = true;
    }

    /// <summary>
    /// Closes the socket and reports all devices as removed; the next update opens a socket in another namespace.
    /// </summary>
    /// <param name="observer">Receives the changes.</param>
    public void Forget(ILinkChangeObserver observer)
    {
        Close();
        _table.Clear(observer);
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private NetlinkConnection Join()
    {
        var connection = new NetlinkConnection(_openSocket());
        try
        {
            connection.JoinGroup(RTNLGRP_LINK);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private bool TryReceive(NetlinkConnection events, ref LinkEventVisitor visitor)
    {
        try
        {
            return events.ReceiveEvents(ref visitor, TimeSpan.Zero);
        }
        catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun)
        {
            _isStale = true;
            return false;
        }
    }

    private static void Discard(NetlinkConnection events, CancellationToken cancellationToken)
    {
        var visitor = default(NothingVisitor);
        int overruns = 0;
        for (int i = 0; i < MaxDatagramsToDiscard; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (!events.ReceiveEvents(ref visitor, TimeSpan.Zero, cancellationToken))
                {
                    return;
                }
            }
            catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun && ++overruns < MaxOverruns)
            {
                // Already reported once; the next listing recovers.
                continue;
            }
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

    private readonly struct LinkEventVisitor(LinkTable table, ILinkChangeObserver observer) : INetlinkVisitor
    {
        public void Restart()
        {
        }

        public void Visit(scoped in NetlinkMessage message)
        {
            if (LinkEvent.TryParse(message, out LinkEvent link))
            {
                table.Apply(link, message, observer);
            }
        }
    }
}
