using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Polling;

/// <summary>
/// Polls devices at once and then on a fixed grid of ticks, over one socket that stays open. A late poll does not shift
/// the next; missed ticks are reported, not replayed. An error does not end it: it is reported once per change, and a
/// failed poll is retried with back-off up to the next tick.
/// </summary>
internal sealed class LinkPoller : IDisposable
{
    // Missed ticks are reported at most once a minute.
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(1);

    private readonly LinkPollerOptions _options;
    private readonly ILinkPollerSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly NetworkNamespaceWatch? _namespace;
    private readonly PollerSockets _sockets;
    private readonly LinkTracker _tracker;
    private readonly long _start;
    private Exception? _failure;
    private long _failuresInARow;
    private long _polls;
    private long _failedPolls;
    private long _missedTicks;
    private long _missedUnreported;
    private TimeSpan? _warnedAt;
    private bool _hasForgotten;

    /// <summary>Makes a poller of this kernel.</summary>
    /// <param name="options">What to poll, and how often.</param>
    /// <param name="sink">Receives the results.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public LinkPoller(LinkPollerOptions options, ILinkPollerSink sink, TimeProvider? timeProvider = null)
        : this(options, sink, timeProvider ?? TimeProvider.System, open: null)
    {
    }

    internal LinkPoller(
        LinkPollerOptions options, ILinkPollerSink sink, TimeProvider timeProvider, Func<INetlinkSocket>? open)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _sink = sink;
        _timeProvider = timeProvider;
        _start = timeProvider.GetTimestamp();
        _namespace = options.NetworkNamespace is { } text ? new NetworkNamespaceWatch(text) : null;
        _sockets = new PollerSockets(
            open ?? (() => LinkWatch.OpenSocket(_namespace?.Open(), timeProvider)),
            timeProvider,
            options.IsDetailed);
        _tracker = new LinkTracker(new PolledNames(options.Names), sink, options.NetworkNamespace);
        options.Metrics?.SetPoller(options.Names, options.NetworkNamespace);
    }

    /// <summary>The tracked devices and their totals.</summary>
    internal IReadOnlyList<PolledLink> Devices => _tracker.Devices;

    /// <summary>Polls until the ticks are done or the token is cancelled. Meant for a thread of its own.</summary>
    /// <param name="cancellationToken">Ends the wait, or the poll that is under way.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        using var ticks = new TickTimer(_timeProvider, _options.Interval);
        var backoff = new Backoff(_options.Interval);
        for (long tick = 1; ; tick++)
        {
            Poll(cancellationToken);
            if (tick == _options.MaxPolls)
            {
                return;
            }

            while (_failuresInARow > 0
                && !IsNamespaceGone
                && ticks.TryWaitBefore(backoff.After(_failuresInARow), cancellationToken))
            {
                Poll(cancellationToken);
            }

            long missed;
            while (!ticks.WaitForNext(MaxWait, cancellationToken, out missed))
            {
                if (FollowNamespace())
                {
                    Poll(cancellationToken);
                }
            }

            _missedTicks += missed;
            _missedUnreported += missed;
            ReportMissed();
            FollowNamespace();
        }
    }

    /// <summary>Whether the namespace is absent, so that nothing can be polled.</summary>
    private bool IsNamespaceGone =>
        _failure is TunStatsException { Kind: ErrorKind.NetworkNamespaceNotFound } && _namespace is not null;

    // The kernel reports no event when a namespace is replaced: check also between polls.
    private TimeSpan MaxWait =>
        _namespace is null ? Timeout.InfiniteTimeSpan : NetworkNamespaceWatch.CheckInterval;

    /// <summary>Polls once.</summary>
    internal void Poll(CancellationToken cancellationToken)
    {
        _polls++;
        long start = _timeProvider.GetTimestamp();
        try
        {
            (bool changed, bool isSettled) = _sockets.Read(_tracker, cancellationToken);
            Succeed(changed, isSettled);
        }
        catch (Exception e) when (e is TunStatsException or DescriptorException)
        {
            Fail(e);
        }

        _options.Metrics?.Publish(
            _tracker.Devices,
            _failure is not null,
            new PollCounts(
                _polls,
                _failedPolls,
                _missedTicks,
                _sink.DroppedSamples,
                _timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch,
                _timeProvider.GetElapsedTime(start)));
        _sink.OnPolled();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.Dispose();
        _namespace?.Dispose();
    }

    /// <summary>Closes the namespace if its name refers to another one or none.</summary>
    /// <returns>Whether there is something new to poll.</returns>
    private bool FollowNamespace()
    {
        NetworkNamespaceChange change = _namespace?.Check() ?? NetworkNamespaceChange.None;
        if (change is NetworkNamespaceChange.None or NetworkNamespaceChange.Returned)
        {
            return change == NetworkNamespaceChange.Returned;
        }

        if (change == NetworkNamespaceChange.Replaced)
        {
            // The next poll reports an absent namespace as an error.
            _sink.OnWarning(
                $"'{_namespace!.Text}' is another network namespace now. Its devices are polled from now on; their "
                + "increases start at their first sample.");
        }

        _sockets.Release(_tracker);
        _namespace!.Release();
        PollMoment moment = Now();
        foreach (PolledLink device in _tracker.Devices)
        {
            if (device.Presence == LinkPresence.Present)
            {
                device.TakeDeparture(moment);
                Report(device);
            }
        }

        return true;
    }

    private void Succeed(bool changed, bool isSettled)
    {
        _failure = null;
        _failuresInARow = 0;
        PollMoment moment = Now();
        for (int i = 0; i < _tracker.Devices.Count; i++)
        {
            PolledLink device = _tracker.Devices[i];
            bool isRead = _tracker.IsRead(device);

            // While devices are added and removed constantly, an unread device is read at the next tick.
            bool isAbsent = !isRead && (device.Index == 0 || isSettled);
            if (device.Presence == LinkPresence.Present && (device.HasEnded || isAbsent))
            {
                device.TakeDeparture(moment);
                Report(device);
            }

            if (isRead)
            {
                device.TakeReading(moment);
                Report(device);
            }
            else if (isAbsent)
            {
                ReportAbsent(device, moment);
            }
        }

        if ((changed || _tracker.HasExpired(moment.Now)) && _tracker.Trim(moment.Now) && !_hasForgotten)
        {
            _hasForgotten = true;
            _sink.OnWarning(
                $"More than {LinkTracker.MaxGone} devices that matched a wildcard are gone: the totals of those that "
                + "were removed first are dropped.");
        }
    }

    private void Report(PolledLink device)
    {
        if (_sink.WantsSamples)
        {
            _sink.OnSample(new LinkSample(device));
        }
    }

    private void ReportAbsent(PolledLink device, in PollMoment moment)
    {
        if (device.IsLiteral && !device.IsAbsenceReported)
        {
            _sink.OnError(LinkErrors.NameNotFound(device.Name), device.Name);
        }

        device.ReportAbsence(moment.Now);
    }

    private void Fail(Exception error)
    {
        _failuresInARow++;
        _failedPolls++;
        if (!IsSame(_failure, error))
        {
            _sink.OnError(error, null);
        }

        _failure = error;
        PollMoment moment = Now();
        for (int i = 0; i < _tracker.Devices.Count; i++)
        {
            PolledLink device = _tracker.Devices[i];
            if (device is { Presence: LinkPresence.Present, IsInError: false })
            {
                device.TakeError(error.Message, moment);
                Report(device);
            }
        }
    }

    /// <summary>Whether an error was already reported.</summary>
    internal static bool IsSame(Exception? left, Exception right) => (left, right) switch
    {
        (NetlinkException a, NetlinkException b) => a.Kind == b.Kind && a.Errno == b.Errno,
        (TunStatsException a, TunStatsException b) => a.Kind == b.Kind,
        _ => left?.GetType() == right.GetType(),
    };

    private void ReportMissed()
    {
        TimeSpan now = _timeProvider.GetElapsedTime(_start);
        if (_missedUnreported > 0 && (_warnedAt is not { } warned || now - warned >= BetweenWarnings))
        {
            string seconds = _options.Interval.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            _sink.OnWarning(
                $"{CountText.Of(_missedUnreported, "poll was", "polls were")} missed, at an interval of {seconds} s: "
                + "the machine was suspended, or a poll took longer than that. Missed polls are not repeated.");
            (_warnedAt, _missedUnreported) = (now, 0);
        }
    }

    private PollMoment Now() => new(
        _timeProvider.GetElapsedTime(_start), _timeProvider.GetUtcNow().UtcDateTime, _missedTicks);
}
