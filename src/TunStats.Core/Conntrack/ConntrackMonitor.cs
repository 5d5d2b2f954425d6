using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.ConntrackConstants;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Conntrack;

/// <summary>
/// Counts connections by the kernel's table (ctnetlink) and by the events of connections that end, so that short ones
/// are not missed. Needs CAP_NET_ADMIN in the namespace. Not thread-safe.
/// </summary>
internal sealed class ConntrackMonitor : IDisposable
{
    private const string Source = "conntrack";

    private const double MaxDriftSeconds = 0.05;

    // A connection that ends without an event loses what it carried since the last reading. Readings take at most a
    // twentieth of the time, however large the table is.
    private static readonly TimeSpan MaxReadingInterval = TimeSpan.FromSeconds(5);
    private const int ReadingShare = 20;

    private readonly NetlinkConnection _tables;
    private readonly NetlinkConnection _events;
    private readonly ConntrackOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly List<ConntrackEntry> _dump = [];
    private readonly ConntrackTable _table;
    private readonly SafeFileDescriptor? _eventSwitch;
    private NanoTime? _windowStart;
    private long _windowTimestamp;
    private TimeSpan _readingTime;
    private int _eventLosses;

    /// <summary>Uses two connections and takes ownership of them.</summary>
    /// <param name="tables">A connection over a NETLINK_NETFILTER socket, for dumps.</param>
    /// <param name="events">Another one, for events.</param>
    /// <param name="options">How to count; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="eventSwitch">The open switch of events, which it owns; null where there is none.</param>
    public ConntrackMonitor(
        NetlinkConnection tables,
        NetlinkConnection events,
        ConntrackOptions? options = null,
        TimeProvider? timeProvider = null,
        SafeFileDescriptor? eventSwitch = null)
    {
        _eventSwitch = eventSwitch;
        _tables = tables;
        _events = events;
        _options = options ?? new ConntrackOptions();
        _timeProvider = timeProvider ?? TimeProvider.System;
        _table = new ConntrackTable(_options.MaxConnections);
    }

    /// <summary>Opens the sockets, and turns accounting on where the options say so.</summary>
    /// <param name="networkNamespace">The namespace; null for the caller's own.</param>
    /// <param name="options">How to count; null for the defaults.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="TunStatsException">The table cannot be counted: the message says why and what to
    /// do.</exception>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static ConntrackMonitor Open(
        NetworkNamespace? networkNamespace = null,
        ConntrackOptions? options = null,
        TimeProvider? timeProvider = null)
    {
        options ??= new ConntrackOptions();
        if (!ConntrackAccounting.IsOn(networkNamespace))
        {
            if (!options.EnableAccounting)
            {
                throw ConntrackErrors.AccountingOff();
            }

            ConntrackAccounting.TurnOn(networkNamespace);
        }

        try
        {
            NetlinkConnection events = OpenEvents(networkNamespace, options, timeProvider);
            try
            {
                NetlinkSocket tables = NetlinkSocket.Open(NETLINK_NETFILTER, networkNamespace, timeProvider);
                return new ConntrackMonitor(
                    new NetlinkConnection(tables),
                    events,
                    options,
                    timeProvider,
                    ConntrackAccounting.OpenEvents(networkNamespace));
            }
            catch
            {
                events.Dispose();
                throw;
            }
        }
        catch (NetlinkException e) when (ConntrackErrors.Translate(e) is { } error)
        {
            throw error;
        }
    }

    /// <summary>Whether the kernel reports no ends of connections at all (nf_conntrack_events is 0).</summary>
    public bool AreEventsOff =>
        _eventSwitch is { IsInvalid: false } && Libc.ReadByte(_eventSwitch, 0) == (byte)'0';

    /// <summary>Reads the table once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>All connections, with their counts since each began.</returns>
    /// <exception cref="TunStatsException">The table may not be read, or the kernel has none.</exception>
    /// <exception cref="NetlinkException">The kernel did not answer, or sent an invalid answer.</exception>
    public ConntrackWindow ReadTable(CancellationToken cancellationToken = default)
    {
        NanoTime now = Now;
        Dump(cancellationToken);
        var table = new ConntrackTable(_options.MaxConnections);
        foreach (ConntrackEntry entry in _dump)
        {
            table.Update(entry);
        }

        var report = new ConntrackReport(_options);
        table.Take(report);
        return report.Build(new FlowWindow(now, now, Source), eventLosses: 0);
    }

    /// <summary>Begins counting: earlier traffic is not in the first window.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TunStatsException">The table may not be read, or the kernel has none.</exception>
    /// <exception cref="NetlinkException">The kernel did not answer, or sent an invalid answer.</exception>
    public void Start(CancellationToken cancellationToken = default)
    {
        Look(cancellationToken);
        _table.Take(report: null);
        _eventLosses = 0;
        _windowStart = Now;
        _windowTimestamp = _timeProvider.GetTimestamp();
    }

    /// <summary>
    /// Counts for one window, which ends where the reading of the table begins. A connection has its counts of the
    /// moment at which the kernel lists it; the next window has the rest, so nothing is lost or counted twice. Events
    /// until the next call wait in the queue.
    /// </summary>
    /// <param name="duration">How long; <see cref="Timeout.InfiniteTimeSpan"/> until cancelled.</param>
    /// <param name="cancellationToken">Ends the window early; it is still returned.</param>
    /// <exception cref="InvalidOperationException"><see cref="Start"/> was not called.</exception>
    /// <exception cref="TunStatsException">The table may not be read.</exception>
    /// <exception cref="NetlinkException">The kernel did not answer, or sent an invalid answer.</exception>
    public ConntrackWindow Collect(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        NanoTime start = _windowStart ?? throw new InvalidOperationException("Call Start before Collect.");
        Count(duration, cancellationToken);

        long timestamp = _timeProvider.GetTimestamp();
        NanoTime end = start.Add(_timeProvider.GetElapsedTime(_windowTimestamp, timestamp));
        NanoTime now = Now;
        _windowTimestamp = timestamp;

        // A cancelled window is still completed: this takes milliseconds.
        if (Look(CancellationToken.None))
        {
            Look(CancellationToken.None);
        }

        var report = new ConntrackReport(_options);
        _table.Take(report);
        ConntrackWindow window = report.Build(new FlowWindow(start, end, Source), _eventLosses);
        _eventLosses = 0;

        // The wall clock may have been set: the monotonic clock gives the length of the window.
        _windowStart = Math.Abs(now.SecondsSince(end)) < MaxDriftSeconds ? end : now;
        return window;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tables.Dispose();
        _events.Dispose();
        _eventSwitch?.Dispose();
    }

    private NanoTime Now => NanoTime.FromDateTimeOffset(_timeProvider.GetUtcNow());

    private static NetlinkConnection OpenEvents(
        NetworkNamespace? networkNamespace, ConntrackOptions options, TimeProvider? timeProvider)
    {
        NetlinkSocket events = NetlinkSocket.Open(NETLINK_NETFILTER, networkNamespace, timeProvider);
        try
        {
            events.RequestReceiveQueue(options.EventQueueBytes);
            if (options.RedeliverEvents)
            {
                events.RequestRedelivery();
            }

            // The kernel sends no end events for connections that began before anybody listened: so listen first.
            events.JoinGroup(NFNLGRP_CONNTRACK_DESTROY);
            return new NetlinkConnection(events);
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    private bool Look(CancellationToken cancellationToken)
    {
        long start = _timeProvider.GetTimestamp();
        Dump(cancellationToken);
        DrainEvents();
        foreach (ConntrackEntry entry in _dump)
        {
            _table.Update(entry);
        }

        _dump.Clear();
        bool isUndecided = _table.EndReading();
        _readingTime = _timeProvider.GetElapsedTime(start);
        return isUndecided;
    }

    private void Dump(CancellationToken cancellationToken)
    {
        NetlinkRequest request = _tables.NewRequest(ConntrackMessage.Get, NLM_F_DUMP);
        request.Append(new nfgenmsg { nfgen_family = AF_UNSPEC, version = NFNETLINK_V0 });
        var visitor = new DumpVisitor(_dump);
        try
        {
            _tables.Dump(request, ConntrackMessage.Entry, ref visitor, cancellationToken);
        }
        catch (NetlinkException e) when (ConntrackErrors.Translate(e) is { } error)
        {
            throw error;
        }
    }

    /// <summary>Takes events for a while, with readings of the table at equal distances.</summary>
    private void Count(TimeSpan duration, CancellationToken cancellationToken)
    {
        long start = _timeProvider.GetTimestamp();
        while (true)
        {
            TimeSpan step = ReadingShare * _readingTime;
            step = step > MaxReadingInterval ? step : MaxReadingInterval;
            if (duration != Timeout.InfiniteTimeSpan)
            {
                TimeSpan left = duration - _timeProvider.GetElapsedTime(start);
                if (left <= step)
                {
                    TakeEvents(left, cancellationToken);
                    return;
                }

                step = left / Math.Ceiling(left / step);
            }

            TakeEvents(step, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            Look(CancellationToken.None);
        }
    }

    private void TakeEvents(TimeSpan duration, CancellationToken cancellationToken)
    {
        long start = _timeProvider.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan left = duration == Timeout.InfiniteTimeSpan
                ? duration
                : duration - _timeProvider.GetElapsedTime(start);
            if (left <= TimeSpan.Zero && duration != Timeout.InfiniteTimeSpan)
            {
                return;
            }

            try
            {
                TakeEvent(left, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void DrainEvents()
    {
        // Later events belong to the next reading, so that this loop ends on a busy machine.
        const int MaxEvents = 2_000_000;
        for (int i = 0; i < MaxEvents && TakeEvent(TimeSpan.Zero, CancellationToken.None); i++)
        {
        }
    }

    private bool TakeEvent(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var visitor = new EventVisitor(_table);
        try
        {
            return _events.ReceiveEvents(ref visitor, timeout, cancellationToken);
        }
        catch (NetlinkException e) when (e.Kind == ErrorKind.NetlinkOverrun)
        {
            _eventLosses++;
            return true;
        }
    }

    private readonly struct DumpVisitor(List<ConntrackEntry> entries) : INetlinkVisitor
    {
        public void Restart() => entries.Clear();

        public void Visit(scoped in NetlinkMessage message)
        {
            if (ConntrackMessage.TryParse(message, out ConntrackEntry entry))
            {
                entries.Add(entry);
            }
        }
    }

    private readonly struct EventVisitor(ConntrackTable table) : INetlinkVisitor
    {
        public void Restart()
        {
            // Events cannot be requested again.
        }

        public void Visit(scoped in NetlinkMessage message)
        {
            if (message.Type == ConntrackMessage.Ended && ConntrackMessage.TryParse(message, out ConntrackEntry entry))
            {
                table.Ended(entry);
            }
        }
    }
}
