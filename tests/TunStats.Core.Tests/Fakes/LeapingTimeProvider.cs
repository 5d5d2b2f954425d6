using System;
using System.Threading;

namespace TunStats.Tests.Fakes;

/// <summary>A clock that leaps to the time that whoever waits for: days of waiting take no time.</summary>
internal sealed class LeapingTimeProvider : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Called before each leap with the time that is waited for; returns the time to leap by.</summary>
    internal Func<TimeSpan, TimeSpan> Leap { get; set; } = wait => wait;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks) + WallClockOffset;

    /// <summary>How far the wall clock was set apart from where it would be.</summary>
    internal TimeSpan WallClockOffset { get; set; }

    /// <summary>Time goes by, as if something took that long.</summary>
    internal void Pass(TimeSpan time) => _ticks += time.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, callback, state);

    private sealed class Timer(LeapingTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock._ticks += clock.Leap(dueTime).Ticks;
                callback(state);
            }

            return true;
        }

        public void Dispose()
        {
        }

        public System.Threading.Tasks.ValueTask DisposeAsync() => default;
    }
}
