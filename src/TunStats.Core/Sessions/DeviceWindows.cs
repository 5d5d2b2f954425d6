using System;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Sessions;

/// <summary>
/// Assigns a device's packets to windows of equal length by their kernel timestamps. Packets of the next window are
/// counted while late ones of the current window may still arrive. Nanoseconds of the monotonic clock; opens nothing
/// and waits for nothing.
/// </summary>
internal sealed class DeviceWindows : IDisposable
{
    /// <summary>
    /// After this time the kernel has delivered every packet of a window: a ring block that is not full is retired
    /// after at most two periods of the kernel's timer.
    /// </summary>
    internal const long Settle = 32_000_000;

    // CPUs stamp packets in parallel: a packet may arrive this much later than one with a later stamp.
    private const long Reordering = 2_000_000;

    private readonly string _device;
    private readonly KernelClock _clock;
    private readonly FlowMeterOptions _options;
    private readonly Action<FlowReport> _emit;
    private readonly long _interval;
    private readonly PacketGaps _lost = new();
    private readonly PacketGaps _unreadable = new();
    private FlowTable _current;
    private FlowTable _next;
    private long _start;
    private long _windowEnd;
    private long _end;
    private long _wallStart;
    private long? _nextWallStart;
    private long _newest;
    private bool _isFirst = true;

    /// <summary>Starts the windows.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="clock">The clock of stamps.</param>
    /// <param name="options">Filter and capacity.</param>
    /// <param name="start">The first instant of the first window.</param>
    /// <param name="interval">The length of a window.</param>
    /// <param name="end">The last instant of the last window; null for no limit.</param>
    /// <param name="emit">Receives each complete window and takes ownership.</param>
    internal DeviceWindows(
        string device,
        KernelClock clock,
        FlowMeterOptions options,
        long start,
        long interval,
        long? end,
        Action<FlowReport> emit)
    {
        (_device, _clock, _options, _emit, _interval) = (device, clock, options, emit, interval);
        _current = new FlowTable(options.Capacity);
        _next = new FlowTable(options.Capacity);
        _start = start;
        _end = end ?? long.MaxValue;
        _windowEnd = EndOf(start);
        _wallStart = clock.ToWallClock(start);
        _newest = start;
    }

    /// <summary>Whether the last window was emitted.</summary>
    internal bool IsDone => _start >= _end;

    /// <summary>When to check whether the current window is complete, unless a packet proves it earlier.</summary>
    internal long Due => _windowEnd + Settle;

    /// <summary>Counts packets, and emits windows that they prove complete.</summary>
    /// <param name="packets">Packets in the order of arrival; their stamps are changed.</param>
    /// <param name="now">The time of the reading.</param>
    internal void Add(Span<PacketRecord> packets, long now)
    {
        int from = 0;
        bool isNext = false;
        for (int i = 0; i < packets.Length; i++)
        {
            long time = _clock.ToMonotonic(packets[i].UnixNanoseconds, now);
            while (time >= _windowEnd + _interval && !IsDone)
            {
                // The packet belongs to the window after the next: the current one is complete.
                Count(packets[from..i], isNext);
                (from, isNext) = (i, false);
                Close();
            }

            _newest = Math.Max(_newest, time);
            bool belongsToNext = time >= _windowEnd;
            bool isLeftOut = (_isFirst && time < _start) || time >= _end || IsDone;
            if (belongsToNext != isNext || isLeftOut)
            {
                Count(packets[from..i], isNext);
                from = isLeftOut ? i + 1 : i;
                isNext = belongsToNext;
            }

            packets[i].UnixNanoseconds = belongsToNext
                ? time - _windowEnd + (_nextWallStart ??= WallClockAt(_windowEnd))
                : Math.Max(time - _start, 0) + _wallStart;
        }

        Count(packets[from..], isNext);
    }

    /// <summary>Records uncounted packets since the newest counted one.</summary>
    /// <param name="lost">Packets for which the ring had no room.</param>
    /// <param name="unreadable">Packets that the kernel could not describe.</param>
    /// <param name="since">When they were counted before: all were lost after this.</param>
    /// <param name="until">The time of the next packet.</param>
    /// <param name="now">When they were counted: all were lost before this.</param>
    internal void AddUncounted(ulong lost, ulong unreadable, long since, long until, long now)
    {
        // While the ring stays nearly full, the next packet is older than the losses.
        _lost.Add(lost, Math.Max(_newest, since), since > until ? now : until);
        _unreadable.Add(unreadable, until, until);
    }

    /// <summary>Emits the complete windows.</summary>
    /// <param name="drainedAt">When no packet was left to read; null if some may be left.</param>
    internal void CloseComplete(long? drainedAt)
    {
        while (!IsDone && (_newest >= _windowEnd + Reordering || drainedAt >= Due))
        {
            Close();
        }
    }

    /// <summary>Ends the last window at an instant.</summary>
    internal void EndAt(long now)
    {
        _end = Math.Min(_end, Math.Max(now, _start));
        _windowEnd = Math.Min(_windowEnd, _end);
    }

    /// <summary>Emits all windows up to the end, complete or not.</summary>
    internal void CloseAll()
    {
        while (!IsDone)
        {
            Close();
        }
    }

    public void Dispose()
    {
        _current.Dispose();
        _next.Dispose();
    }

    private void Count(Span<PacketRecord> packets, bool isNext) =>
        (isNext ? _next : _current).Add(packets[.._options.Keep(packets)]);

    private void Close()
    {
        long length = _windowEnd - _start;
        var window = new FlowWindow(
            UnixTime.ToNanoTime(_wallStart), UnixTime.ToNanoTime(_wallStart + length), _device);
        var report = new FlowReport(_current.TakeAll(), window, _options)
        {
            StartTimestamp = _clock.ToTimestamp(_start),
            PacketsLost = _lost.TakeUntil(_windowEnd),
            PacketsUnreadable = _unreadable.TakeUntil(_windowEnd),
        };
        (_current, _next) = (_next, _current);
        _wallStart = _nextWallStart ?? WallClockAt(_windowEnd);
        _nextWallStart = null;
        _start = _windowEnd;
        _windowEnd = EndOf(_start);
        _isFirst = false;
        _emit(report);
    }

    private long EndOf(long start) => _end - start < _interval ? _end : start + _interval;

    /// <summary>
    /// The wall clock at a window's end: the window's start and its length, unless the wall clock was set meanwhile.
    /// </summary>
    private long WallClockAt(long windowEnd)
    {
        const long Drift = 1_000_000;
        long expected = _wallStart + (windowEnd - _start);
        long actual = _clock.ToWallClock(windowEnd);
        return Math.Abs(actual - expected) < Drift ? expected : actual;
    }
}
