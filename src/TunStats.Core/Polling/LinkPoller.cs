using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Polling;

/// <summary>
/// Polls devices at once and then on a fixed grid of beats, over one socket that stays open. A late poll does not shift
/// the next, a missed one is told and never caught up. Errors do not end it: each is told once, and polling goes on.
/// </summary>
public sealed class LinkPoller : IDisposable
{
    private readonly LinkPollerOptions _options;
    private readonly ILinkPollerSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly Func<PollerSockets> _open;
    private readonly LinkRoster _roster;
    private PollerSockets? _sockets;
    private string? _failure;
    private long _beat;
    private long _missedBeats;
    private long _missedBeatsTotal;
    private long _failedPolls;

    /// <summary>Makes a poller of this kernel.</summary>
    /// <param name="options">What to look at, and how often.</param>
    /// <param name="sink">Takes what it sees.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public LinkPoller(LinkPollerOptions options, ILinkPollerSink sink, TimeProvider? timeProvider = null)
        : this(options, sink, timeProvider ?? TimeProvider.System, () => OpenSockets(options, timeProvider))
    {
    }

    internal LinkPoller(
        LinkPollerOptions options, ILinkPollerSink sink, TimeProvider timeProvider, Func<PollerSockets> open)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _sink = sink;
        _timeProvider = timeProvider;
        _open = open;
        _roster = new LinkRoster(options.Names, sink, OnGone);
    }

    /// <summary>The devices that were ever seen, and what was counted of them.</summary>
    internal IReadOnlyList<PolledLink> Devices => _roster.Devices;

    /// <summary>Polls until the beats are done or the token is cancelled. Meant for a thread of its own.</summary>
    /// <param name="cancellationToken">Ends the wait, or the poll that is under way.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        using var beats = new BeatTimer(_timeProvider, _options.Interval);
        while (true)
        {
            Poll(cancellationToken);
            if (_beat == _options.MaxBeats)
            {
                return;
            }

            _missedBeats = beats.WaitForNext(cancellationToken);
            _missedBeatsTotal += _missedBeats;
            if (_missedBeats > 0)
            {
                _sink.OnWarning(
                    $"{_missedBeats} beats of {_options.Interval.TotalSeconds:0.###} s were missed: the machine was "
                    + "suspended, or a poll took longer than that. They are not caught up.");
            }
        }
    }

    /// <summary>Polls once.</summary>
    internal void Poll(CancellationToken cancellationToken)
    {
        _beat++;
        try
        {
            bool isNew = _sockets is null;
            _sockets ??= _open();
            LinkClient client = _sockets.Client;
            if (_sockets.Watch.HasChanged() || isNew)
            {
                _roster.Refresh(client, cancellationToken);
            }

            if (_roster.Present == 1)
            {
                ReadOne(client, _roster.Single, cancellationToken);
            }
            else if (_roster.Present > 1)
            {
                ReadMany(client, cancellationToken);
            }

            _failure = null;
        }
        catch (Exception e) when (e is NetlinkException or LinkException or NetworkNamespaceException)
        {
            Fail(e);
        }

        _options.Metrics?.Publish(
            _roster.Devices, _failure is not null, new PollCounts(_beat, _failedPolls, _missedBeatsTotal));
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets?.Dispose();

    private static PollerSockets OpenSockets(LinkPollerOptions options, TimeProvider? timeProvider)
    {
        using NetworkNamespace? there =
            options.NetworkNamespace is { } text ? NetworkNamespace.Open(text) : null;

        // Hearing begins before the first listing, so that no change falls between them.
        LinkWatch watch = LinkWatch.Open(there, timeProvider);
        try
        {
            return new PollerSockets(LinkClient.Open(there, timeProvider), watch);
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    private void Fail(Exception error)
    {
        // The next beat begins with fresh sockets and a fresh listing, whatever it was.
        _sockets?.Dispose();
        _sockets = null;
        _failedPolls++;
        if (_failure != error.Message)
        {
            _failure = error.Message;
            _sink.OnError(error, null);
        }
    }

    private void ReadOne(LinkClient client, PolledLink device, CancellationToken cancellationToken)
    {
        try
        {
            LinkCounters counters = client.ReadCounters(device.Index, cancellationToken);
            Take(device, counters);
        }
        catch (LinkException e) when (e.Kind == LinkErrorKind.NotFound)
        {
            // It went between the look-up and the read, and may be there again under another index.
            _roster.Lose(device);
            _roster.Refresh(client, cancellationToken);
            if (device.Index != 0)
            {
                Take(device, client.ReadCounters(device.Index, cancellationToken));
            }
        }
    }

    private void ReadMany(LinkClient client, CancellationToken cancellationToken)
    {
        var visitor = new Visitor(this);
        if (client.ReadAllCounters(ref visitor, cancellationToken) == DumpOutcome.Interrupted)
        {
            _sink.OnWarning("Interfaces kept changing during the poll: one may be missing from this sample.");
        }
    }

    private void OnGone(PolledLink device)
    {
        device.CountGone();
        if (_sink.WantsSamples && device.Beat >= 0)
        {
            RtnlLinkStats64 last = device.LastStats(UtcNow);
            _sink.OnSample(new LinkSample(
                last, device.SequenceNumber, LinkSampleEvent.Gone, TimeSpan.Zero, null, _missedBeats));
        }
    }

    private void Take(PolledLink device, in LinkCounters counters)
    {
        if (device.Beat == _beat)
        {
            // A repeated dump shows a device again; it was counted in the first.
            return;
        }

        long now = _timeProvider.GetTimestamp();
        LinkSampleEvent happened = device.Take(counters, now, _beat, out LinkCounters from, out long fromTimestamp);
        if (!_sink.WantsSamples)
        {
            return;
        }

        bool isFirst = happened == LinkSampleEvent.First;
        _sink.OnSample(new LinkSample(
            new RtnlLinkStats64(device.Name, device.Index, device.Kind, UtcNow, counters),
            device.SequenceNumber,
            happened,
            isFirst ? TimeSpan.Zero : _timeProvider.GetElapsedTime(fromTimestamp, now),
            isFirst ? null : new LinkIncrease(from, counters),
            _missedBeats));
    }

    private DateTime UtcNow => _timeProvider.GetUtcNow().UtcDateTime;

    private readonly struct Visitor(LinkPoller poller) : ILinkCountersVisitor
    {
        public void Restart()
        {
        }

        public void Visit(int index, in LinkCounters counters)
        {
            if (poller._roster.Find(index) is { } device)
            {
                poller.Take(device, counters);
            }
        }
    }
}
