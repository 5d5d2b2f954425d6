using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace TunStats.Tests.Fakes;

/// <summary>A clock that moves only on request, and fires its timers then.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _utcNow = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _utcNow;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    /// <summary>How many timers are set.</summary>
    internal int Timers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count(timer => timer.Due < long.MaxValue);
            }
        }
    }

    /// <summary>Moves both clocks.</summary>
    internal void Advance(TimeSpan by)
    {
        long target = _ticks + by.Ticks;
        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
                long next = due?.Due ?? target;
                _utcNow = _utcNow.AddTicks(Math.Max(0, next - _ticks));
                _ticks = Math.Max(_ticks, next);
                due?.Reschedule();
            }

            if (due is null)
            {
                return;
            }

            due.Fire();
        }
    }

    /// <summary>Moves the wall clock alone, as an administrator does.</summary>
    internal void SetUtcNow(DateTimeOffset value) => _utcNow = value;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        internal long Due { get; private set; } = long.MaxValue;

        internal void Fire() => callback(state);

        internal void Reschedule() => Due = _period > TimeSpan.Zero ? Due + _period.Ticks : long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : clock._ticks + dueTime.Ticks;
                if (!clock._timers.Contains(this))
                {
                    clock._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public System.Threading.Tasks.ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
