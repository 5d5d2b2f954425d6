using System;
using TunStats.Net;

namespace TunStats.Sessions;

/// <summary>
/// Converts the kernel's wall clock timestamps to the monotonic clock, so that setting the wall clock moves no packet
/// into another window. Nanoseconds everywhere. Not thread-safe.
/// </summary>
internal sealed class KernelClock
{
    // A slewed clock moves far less between two comparisons; anything larger is a step.
    private const long Step = 5_000_000;

    // Smaller differences come from reading two clocks one after the other.
    private const long Noise = 50_000;

    // The tolerance for a stamp from a CPU whose clock was read slightly later.
    private const long AheadAtMost = 1_000_000;

    // The kernel delivers packets nearly in the order of their stamps.
    private const long BehindAtMost = 100_000_000;

    private readonly TimeProvider _timeProvider;
    private readonly long _origin;

    // The offsets before the last steps, newest first: packets stamped before a step may be read after it.
    private readonly long[] _former = new long[4];
    private int _formerCount;
    private long _offset;
    private long _last;

    internal KernelClock(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
        _offset = ReadOffset(out _) ?? UnixTime.Now(timeProvider) - Monotonic;
    }

    /// <summary>The monotonic time since this clock was created.</summary>
    internal long Monotonic => _timeProvider.GetElapsedTime(_origin).Ticks * 100;

    /// <summary>Compares the two clocks.</summary>
    /// <returns>The instant on the monotonic clock.</returns>
    internal long Update()
    {
        if (ReadOffset(out long now) is not { } offset)
        {
            return now;
        }

        long change = Math.Abs(offset - _offset);
        if (change >= Step)
        {
            _former.AsSpan(0, _former.Length - 1).CopyTo(_former.AsSpan(1));
            _former[0] = _offset;
            _formerCount = Math.Min(_formerCount + 1, _former.Length);
        }

        if (change > Noise)
        {
            _offset = offset;
        }

        return now;
    }

    /// <summary>An instant of the monotonic clock as a timestamp of the TimeProvider.</summary>
    internal long ToTimestamp(long monotonic) =>
        _origin + (long)(monotonic * (_timeProvider.TimestampFrequency / (double)NanoTime.NanosPerSecond));

    /// <summary>The wall clock at an instant of the monotonic clock, by the newest comparison.</summary>
    internal long ToWallClock(long monotonic) => monotonic + _offset;

    /// <summary>The monotonic time of a packet; never later than now.</summary>
    /// <param name="stamp">The kernel's stamp.</param>
    /// <param name="now">The time of the reading.</param>
    internal long ToMonotonic(long stamp, long now)
    {
        long time = stamp - _offset;
        if (_formerCount > 0 && Misfit(time, now) > 0)
        {
            time = FromFormer(stamp, time, now);
        }

        time = Math.Min(time, now);
        _last = Math.Max(_last, time);
        return time;
    }

    private long FromFormer(long stamp, long time, long now)
    {
        foreach (long offset in _former.AsSpan(0, _formerCount))
        {
            long other = stamp - offset;
            time = Misfit(other, now) < Misfit(time, now) ? other : time;
        }

        return time;
    }

    /// <summary>The distance of an instant from the expected time of the next packet.</summary>
    private long Misfit(long time, long now) =>
        Math.Max(0, Math.Max(time - (now + AheadAtMost), _last - BehindAtMost - time));

    /// <summary>Wall clock minus monotonic clock; null if this thread was paused between the readings.</summary>
    private long? ReadOffset(out long now)
    {
        long? offset = null;
        long best = Step / 2;
        now = Monotonic;
        for (int i = 0; i < 3 && best > Noise; i++)
        {
            long before = now;
            long wall = UnixTime.Now(_timeProvider);
            now = Monotonic;
            if (now - before < best)
            {
                best = now - before;
                offset = wall - (before + (best / 2));
            }
        }

        return offset;
    }
}
