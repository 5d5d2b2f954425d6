using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;
using TunStats.IO;
using TunStats.PowerShell.Errors;
using TunStats.Polling;

namespace TunStats.PowerShell.Jobs;

/// <summary>
/// The alerts of a poller's job: samples wait in a bounded queue for a thread that runs the scripts, so that no script
/// ever delays a poll.
/// </summary>
internal sealed class PollerAlerts : IDisposable
{
    private const int MaxWaitingSamples = 10_000;
    private static readonly TimeSpan MaxWaitForScripts = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxWaitForStop = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly Queue<(LinkSample? Sample, long Timestamp)> _samples = new();
    private readonly Dictionary<string, string> _failed = [];
    private readonly TimeProvider _timeProvider;
    private readonly LinkAlertTracker _tracker;
    private readonly AlertScripts _scripts;
    private readonly Action<object> _write;
    private readonly SlowRunWatch _watch;
    private readonly Thread _thread;
    private long _dropped;
    private bool _isComplete;

    /// <summary>Starts the thread.</summary>
    /// <param name="options">What to look for, and what to do.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="write">Takes alerts, and objects and records of the scripts; from the thread.</param>
    /// <param name="timeProvider">The clock.</param>
    internal PollerAlerts(AlertOptions options, string name, Action<object> write, TimeProvider timeProvider)
    {
        _write = write;
        _timeProvider = timeProvider;
        _tracker = new LinkAlertTracker(options.HoldFor, timeProvider);
        _scripts = new AlertScripts(options, write);
        _watch = new SlowRunWatch(timeProvider, warning => write(new WarningRecord($"{warning}.")));
        _thread = new Thread(Work) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Queues a sample, or the end of a poll for null; if there is no room, the oldest is lost.</summary>
    internal void Add(LinkSample? sample)
    {
        lock (_gate)
        {
            if (_samples.Count >= MaxWaitingSamples)
            {
                _dropped += _samples.Dequeue().Sample is null ? 0 : 1;
            }

            _samples.Enqueue((sample, _timeProvider.GetTimestamp()));
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits until all samples were looked at, for 30 s at most.</summary>
    internal void Finish(CancellationToken cancellationToken)
    {
        Complete(isAtOnce: false);
        using CancellationTokenRegistration stop = cancellationToken.Register(() => Complete(isAtOnce: true));
        _thread.Join(MaxWaitForScripts);
    }

    /// <summary>Stops a script that runs, and gives it 2 s to end.</summary>
    public void Dispose()
    {
        using SlowRunWatch watch = _watch;
        Complete(isAtOnce: true);
        if (!_thread.Join(MaxWaitForStop))
        {
            _write(new WarningRecord("A script of -AlertWhen or -Action did not end within 2 s; it was left behind."));
        }

        ReportDropped();
    }

    private void Complete(bool isAtOnce)
    {
        lock (_gate)
        {
            _isComplete = true;
            if (isAtOnce)
            {
                _dropped += _samples.Count(waiting => waiting.Sample is not null);
                _samples.Clear();
            }

            Monitor.Pulse(_gate);
        }

        if (isAtOnce)
        {
            _scripts.Stop();
        }
    }

    private void Work()
    {
        using AlertScripts scripts = _scripts;
        while (Take() is { } next)
        {
            try
            {
                Look(next.Sample, next.Timestamp);
            }
            catch (Exception e)
            {
                // The scripts are the user's, and so is what opening their runspace loads: nothing ends the alerts.
                _write(ErrorRecords.Printable(ErrorRecords.From(e, next.Sample)));
            }
            finally
            {
                _watch.End();
            }
        }
    }

    private (LinkSample? Sample, long Timestamp)? Take()
    {
        ReportDropped();
        lock (_gate)
        {
            while (_samples.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            return _samples.Count > 0 ? _samples.Dequeue() : null;
        }
    }

    private void ReportDropped()
    {
        long dropped;
        lock (_gate)
        {
            (dropped, _dropped) = (_dropped, 0);
        }

        if (dropped > 0)
        {
            _write(new WarningRecord(
                $"Samples that -AlertWhen did not look at: {dropped}. The scripts are slower than the polls: make them "
                + "faster, or raise -SampleInterval."));
        }
    }

    private void Look(LinkSample? sample, long timestamp)
    {
        if (sample is null)
        {
            foreach (LinkAlert late in _tracker.Advance(timestamp))
            {
                Raise(late);
            }

            return;
        }

        _watch.Begin($"The script of -AlertWhen for a sample of {sample.Name}");
        (bool? isMet, ErrorRecord? error) = _scripts.Evaluate(sample);
        if (isMet is null)
        {
            // An error is reported once for each change, as those of polls are.
            if (error is not null && _failed.GetValueOrDefault(sample.Name) is var before
                && before != error.Exception.Message)
            {
                _failed[sample.Name] = error.Exception.Message;
                _write(error);
            }

            return;
        }

        _failed.Remove(sample.Name);
        if (_tracker.Update(sample, isMet.Value, timestamp) is { } alert)
        {
            Raise(alert);
        }
    }

    private void Raise(LinkAlert alert)
    {
        _write(PSObject.AsPSObject(alert));
        _watch.Begin($"The script of -Action for {alert.Event} of {alert.Name}");
        _scripts.Act(alert);
    }
}
