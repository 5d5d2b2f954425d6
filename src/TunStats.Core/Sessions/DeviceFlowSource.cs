using System;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Interop;

namespace TunStats.Sessions;

/// <summary>The connections of one device, window by window.</summary>
internal sealed class DeviceFlowSource : IFlowSource
{
    private const int BatchSize = 256;

    // The maximum time after a stop to count packets captured before it.
    private const long DrainAtMost = 150_000_000;

    // How often to look at the state of a device without packets, in nanoseconds.
    private const long CheckInterval = 500_000_000;

    private readonly IPacketRing _ring;
    private readonly FlowSessionOptions _options;
    private readonly KernelClock _clock;
    private readonly PacketRecord[] _packets = new PacketRecord[BatchSize];
    private long _start;
    private ulong _lost;
    private long _countedAt;
    private bool _isGone;
    private int _returns;
    private ulong _unreadable;
    private string _name;

    internal DeviceFlowSource(IPacketRing ring, FlowSessionOptions options, TimeProvider timeProvider)
    {
        _ring = ring;
        _options = options;
        _clock = new KernelClock(timeProvider);
        _name = ring.CurrentName;
    }

    public string Name => _ring.Name;

    public bool IsLive => true;

    public void Begin(CancellationToken cancellationToken)
    {
        // Packets that arrived while other devices were opened belong to no window: discard them.
        long opened = _clock.Update();
        int count;
        do
        {
            count = _ring.Read(_packets, TimeSpan.Zero, cancellationToken);
        }
        while (count > 0 && _clock.ToMonotonic(_packets[count - 1].UnixNanoseconds, _clock.Monotonic) < opened);
        TakeUncounted(windows: null, opened);
        _start = _clock.Update();
    }

    public void Run(FlowQueue queue, CancellationToken stop)
    {
        long interval = _options.LiveInterval.Ticks * 100;
        long? end = _options.LiveDuration is { } duration ? _start + (duration.Ticks * 100) : null;
        using var windows = new DeviceWindows(
            Name, _clock, _options.Meter, _start, interval, end, queue.PostLive);
        try
        {
            Count(windows, queue, stop);
        }
        catch (TunStatsException)
        {
            // The counts so far are posted before the error.
            windows.EndAt(_clock.Monotonic);
            windows.CloseAll();
            throw;
        }
    }

    public void Dispose() => _ring.Dispose();

    private void Count(DeviceWindows windows, FlowQueue queue, CancellationToken stop)
    {
        long? stopped = null;
        while (!windows.IsDone)
        {
            long before = _clock.Update();
            if (stopped is null && stop.IsCancellationRequested)
            {
                // What is lost later is not in the last window.
                TakeUncounted(windows, before);
                stopped = before;
                windows.EndAt(before);
            }

            var wait = TimeSpan.FromTicks(Math.Clamp(windows.Due - before + 99, 0, CheckInterval) / 100);
            int count = Read(wait, stopped is null ? stop : CancellationToken.None);
            if (count < 0)
            {
                continue;
            }

            ReportChanges(queue);

            long now = _clock.Update();
            if (_ring.HasLost || count == 0)
            {
                TakeUncounted(windows, count == 0 ? before : _clock.ToMonotonic(_packets[0].UnixNanoseconds, now));
            }

            windows.Add(_packets.AsSpan(0, count), now);
            windows.CloseComplete(count == 0 ? before : null);
            if (now - stopped > DrainAtMost)
            {
                TakeUncounted(windows, now);
                windows.CloseAll();
            }
        }
    }

    /// <summary>A device that is gone and back between two looks is reported, too.</summary>
    private void ReportChanges(FlowQueue queue)
    {
        if (_ring.CurrentName != _name)
        {
            _name = _ring.CurrentName;
            if (_name != Name)
            {
                queue.Post(FlowWarnings.Renamed(Name, _name));
            }
        }

        if (_ring.Returns != _returns)
        {
            (_returns, _isGone) = (_ring.Returns, false);
            queue.Post(FlowWarnings.Back(Name));
        }

        if (_ring.IsGone && !_isGone)
        {
            _isGone = true;
            queue.Post(FlowWarnings.Gone(Name));
        }
    }

    /// <summary>Reads packets; -1 if the token was cancelled.</summary>
    private int Read(TimeSpan wait, CancellationToken token)
    {
        try
        {
            return _ring.Read(_packets, wait, token);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            return -1;
        }
    }

    /// <summary>Reads the drops since the last call.</summary>
    private void TakeUncounted(DeviceWindows? windows, long until)
    {
        PacketRingStatistics statistics = _ring.ReadStatistics();
        ulong lost = Math.Max(_lost, statistics.PacketsDropped - statistics.PacketsUnreadable);
        windows?.AddUncounted(
            lost - _lost, statistics.PacketsUnreadable - _unreadable, _countedAt, until, _clock.Monotonic);
        (_lost, _unreadable, _countedAt) = (lost, statistics.PacketsUnreadable, _clock.Monotonic);
    }
}
