using System;
using System.Threading;
using TunStats.Conntrack;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>The connections of the kernel's connection tracking, window by window or as one snapshot.</summary>
internal sealed class ConntrackFlowSource : IFlowSource
{
    private readonly ConntrackMonitor _monitor;
    private readonly FlowSessionOptions _options;
    private readonly TimeProvider _timeProvider;
    private long _start;
    private long _unseenEnds;
    private long _reportedEnds;
    private bool _areEventsOff;

    internal ConntrackFlowSource(ConntrackMonitor monitor, FlowSessionOptions options, TimeProvider timeProvider)
    {
        _monitor = monitor;
        _options = options;
        _timeProvider = timeProvider;
    }

    public string Name => "conntrack";

    public bool IsLive => true;

    public void Begin(CancellationToken cancellationToken)
    {
        if (!_options.IsTableOnly)
        {
            _monitor.Start(cancellationToken);
            _start = _timeProvider.GetTimestamp();
        }
    }

    public void Run(FlowQueue queue, CancellationToken stop)
    {
        if (_options.IsTableOnly)
        {
            Hand(_monitor.ReadTable(stop), queue);
            return;
        }

        TimeSpan interval = _options.LiveInterval, end = _options.LiveDuration ?? TimeSpan.MaxValue;
        TimeSpan due, elapsed = TimeSpan.Zero;
        WarnOfEvents(queue);
        do
        {
            // On a fixed grid: instants that passed while the table was read are left out.
            due = ((elapsed.Ticks / interval.Ticks) + 1) * interval;
            due = due < end ? due : end;
            TimeSpan left = due - _timeProvider.GetElapsedTime(_start);
            ConntrackWindow window = _monitor.Collect(left > TimeSpan.Zero ? left : TimeSpan.Zero, stop);
            TimeSpan now = _timeProvider.GetElapsedTime(_start);
            if (now - due > interval)
            {
                queue.Post(FlowWarnings.SlowTable(interval));
            }

            WarnOfEvents(queue);
            Hand(window, queue);
            elapsed = now > due ? now : due;
        }
        while (due < end && !stop.IsCancellationRequested);
        if (_unseenEnds > _reportedEnds)
        {
            queue.Post(FlowWarnings.UnseenEnds(_unseenEnds));
        }
    }

    public void Dispose() => _monitor.Dispose();

    /// <summary>Warns at the start, and where it is turned off while counting.</summary>
    private void WarnOfEvents(FlowQueue queue)
    {
        bool areOff = _monitor.AreEventsOff;
        if (areOff && !_areEventsOff)
        {
            queue.Post(FlowWarnings.NoEvents());
        }

        _areEventsOff = areOff;
    }

    private void Hand(ConntrackWindow window, FlowQueue queue)
    {
        foreach (string warning in FlowWarnings.Of(window))
        {
            queue.Post(warning);
        }

        // At once, since a run may have no end; once more at its end, where there were more.
        _unseenEnds += window.UnseenEnds;
        if (_reportedEnds == 0 && _unseenEnds > 0)
        {
            queue.Post(FlowWarnings.UnseenEnds(_unseenEnds));
            _reportedEnds = _unseenEnds;
        }

        queue.PostLive(new FlowReport(window.Rows, window.Window, _options.Meter));
    }
}
