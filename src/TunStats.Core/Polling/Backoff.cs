using System;

namespace TunStats.Polling;

/// <summary>The wait before a failed poll is retried: it grows with each failure, up to the interval.</summary>
internal readonly struct Backoff(TimeSpan interval)
{
    private const int FirstFraction = 8;
    private const int MaxDoublings = 8;

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    /// <summary>The wait after this many consecutive failures; at least 100 ms, at most the interval.</summary>
    internal TimeSpan After(long failures)
    {
        int doublings = (int)Math.Clamp(failures - 1, 0, MaxDoublings);
        long ticks = Math.Max(interval.Ticks / FirstFraction, Least.Ticks) << doublings;
        return TimeSpan.FromTicks(Math.Min(ticks, interval.Ticks));
    }
}
