using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using TunStats.IO;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>
/// Runs the user's command when drops of a device begin and when they end: one at a time, on a thread of its own, so
/// that no command ever delays a poll.
/// </summary>
internal sealed class DropCommand : IDisposable
{
    private const int MaxWaitingAlerts = 100;

    // The command must not read what the user types, nor write between the samples on standard output.
    private const string Redirect = "exec /bin/sh -c \"$1\" </dev/null >&2";

    /// <summary>How long commands may run on after the last poll.</summary>
    internal static readonly TimeSpan MaxWaitAtEnd = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly Queue<LinkAlert> _alerts = new();
    private readonly string _command;
    private readonly LinkAlertTracker _tracker;
    private readonly Messages _messages;
    private readonly TimeProvider _timeProvider;
    private readonly SlowRunWatch _watch;
    private readonly Thread _thread;
    private Process? _running;
    private long _dropped;
    private bool _isComplete;

    /// <summary>Starts the thread.</summary>
    /// <param name="command">The command, for /bin/sh.</param>
    /// <param name="holdFor">How long drops must go on before the command runs.</param>
    /// <param name="messages">Takes warnings.</param>
    /// <param name="timeProvider">The clock.</param>
    internal DropCommand(string command, TimeSpan holdFor, Messages messages, TimeProvider timeProvider)
    {
        _command = command;
        _messages = messages;
        _timeProvider = timeProvider;
        _tracker = new LinkAlertTracker(holdFor, timeProvider);
        _watch = new SlowRunWatch(timeProvider, messages.Warn);
        _thread = new Thread(Work) { IsBackground = true, Name = "exec-on-drop" };
        _thread.Start();
    }

    /// <summary>Takes a sample, on the poller's thread.</summary>
    internal void Add(LinkSample sample)
    {
        long now = _timeProvider.GetTimestamp();
        bool hasDrops = sample.Increase is { RxDropped: > 0 } or { TxDropped: > 0 };
        bool isGone = sample.Event == LinkSampleEvent.Gone;

        // Without an increase nobody knows whether packets were dropped, unless the device is gone.
        if (sample.Increase is not null && (hasDrops || !isGone))
        {
            Queue(_tracker.Update(sample, hasDrops, now));
        }

        if (isGone)
        {
            Queue(_tracker.Update(sample, isMet: false, now));
        }
    }

    /// <summary>Gives commands 5 s to end, then kills them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.Pulse(_gate);
        }

        using SlowRunWatch watch = _watch;
        if (_thread.Join(MaxWaitAtEnd))
        {
            return;
        }

        lock (_gate)
        {
            _dropped += _alerts.Count;
            _alerts.Clear();
            _running?.Kill(entireProcessTree: true);
        }

        _messages.Warn(
            $"the command of --exec-on-drop was killed: it ran for more than {MaxWaitAtEnd.TotalSeconds:0} s after the "
            + "last poll");
        _thread.Join();
    }

    private void Queue(LinkAlert? alert)
    {
        if (alert is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_alerts.Count >= MaxWaitingAlerts)
            {
                _alerts.Dequeue();
                _dropped++;
            }

            _alerts.Enqueue(alert);
            Monitor.Pulse(_gate);
        }
    }

    private void Work()
    {
        while (Take() is { } alert)
        {
            _watch.Begin($"the command of --exec-on-drop ({EventName(alert)} of drops of {alert.Name})");
            Run(alert);
            _watch.End();
        }
    }

    private LinkAlert? Take()
    {
        long dropped;
        LinkAlert? next;
        lock (_gate)
        {
            while (_alerts.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            _alerts.TryDequeue(out next);
            (dropped, _dropped) = (_dropped, 0);
        }

        if (dropped > 0)
        {
            _messages.Warn(
                $"the command of --exec-on-drop did not run for {CountText.Of(dropped, "event", "events")}: it runs "
                + "longer than drops take to begin and end");
        }

        return next;
    }

    private void Run(LinkAlert alert)
    {
        try
        {
            using Process process = Start(alert);
            process.WaitForExit();
            int code = process.ExitCode;
            bool isKilled;
            lock (_gate)
            {
                _running = null;
                isKilled = _isComplete && code == 128 + 9;
            }

            if (code != 0 && !isKilled)
            {
                _messages.Warn(
                    $"the command of --exec-on-drop ended with exit code {code} ({EventName(alert)} of drops of "
                    + $"{alert.Name})");
            }
        }
        catch (Win32Exception e)
        {
            _messages.Warn($"the command of --exec-on-drop cannot be started: {e.Message}");
        }
    }

    private Process Start(LinkAlert alert)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Redirect, "tunstats", _command]);
        start.Environment["TUNSTATS_EVENT"] = EventName(alert);
        start.Environment["TUNSTATS_DEVICE"] = alert.Name;
        start.Environment["TUNSTATS_RX_DROPPED"] = alert.RxDropped.ToString(CultureInfo.InvariantCulture);
        start.Environment["TUNSTATS_TX_DROPPED"] = alert.TxDropped.ToString(CultureInfo.InvariantCulture);
        start.Environment["TUNSTATS_SINCE"] = alert.Since.ToString("O", CultureInfo.InvariantCulture);
        start.Environment["TUNSTATS_SECONDS"] =
            alert.Duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        lock (_gate)
        {
            return _running = Process.Start(start)!;
        }
    }

    private static string EventName(LinkAlert alert) => alert.Event == LinkAlertEvent.Begin ? "begin" : "end";
}
