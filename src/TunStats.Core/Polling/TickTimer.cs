using System;
using System.Threading;

namespace TunStats.Polling;

/// <summary>
/// Ticks at a fixed interval of the monotonic clock; a late consumer does not shift the grid.
/// </summary>
internal sealed class TickTimer : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _interval;
    private readonly ManualResetEventSlim _due = new();
    private readonly ITimer? _timer;
    private readonly long _start;
    private long _tick;

    internal TickTimer(TimeProvider timeProvider, TimeSpan interval)
    {
        _timeProvider = timeProvider;
        _interval = interval;
        _start = timeProvider.GetTimestamp();

        // With the system's clock the thread waits directly: a timer would wake two more threads, which costs more than
        // a poll.
        _timer = ReferenceEquals(timeProvider, TimeProvider.System) ? null : timeProvider.CreateTimer(
            static state => ((ManualResetEventSlim)state!).Set(),
            _due,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Elapsed => _timeProvider.GetElapsedTime(_start);

    /// <summary>Waits for the next future tick.</summary>
    /// <param name="limit">The longest wait; infinite for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="missed">The number of ticks missed since the last call.</param>
    /// <returns>False if the limit was reached first.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal bool WaitForNext(TimeSpan limit, CancellationToken cancellationToken, out long missed)
    {
        long next = (Elapsed.Ticks / _interval.Ticks) + 1;
        missed = next - _tick - 1;
        TimeSpan until = limit == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Elapsed + limit;

        // A timer may fire slightly early, and many ticks late after a suspend.
        for (TimeSpan left = Left(next); left > TimeSpan.Zero; left = Left(next))
        {
            TimeSpan toLimit = until - Elapsed;
            if (toLimit <= TimeSpan.Zero)
            {
                return false;
            }

            Wait(left < toLimit ? left : toLimit, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        _tick = Math.Max(next, Elapsed.Ticks / _interval.Ticks);
        missed += _tick - next;
        return true;
    }

    /// <summary>Waits for a time, unless the next tick comes sooner.</summary>
    /// <returns>False, without waiting, if it does.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal bool TryWaitBefore(TimeSpan delay, CancellationToken cancellationToken)
    {
        TimeSpan until = Elapsed + delay;
        if (until >= _interval * ((Elapsed.Ticks / _interval.Ticks) + 1))
        {
            return false;
        }

        for (TimeSpan left = until - Elapsed; left > TimeSpan.Zero; left = until - Elapsed)
        {
            Wait(left, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return true;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _due.Dispose();
    }

    private void Wait(TimeSpan time, CancellationToken cancellationToken)
    {
        // Both truncate to whole milliseconds: rounding up avoids spinning in the last one.
        TimeSpan whole = TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));
        if (_timer is null)
        {
            if (cancellationToken.WaitHandle.WaitOne(whole))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return;
        }

        _due.Reset();
        _timer.Change(whole, Timeout.InfiniteTimeSpan);
        _due.Wait(cancellationToken);
    }

    private TimeSpan Left(long tick) => (_interval * tick) - Elapsed;
}
