using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>
/// The thread of one sink: hands entries of a source to it, in order, and retries with growing delays. Nothing that
/// the sink throws ends the thread.
/// </summary>
internal sealed class SinkWorker : IDisposable
{
    // A sink that was told to stop has this long to come back, so that what it took is counted.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    private readonly ILogSink _sink;
    private readonly IEntrySource _source;
    private readonly SinkQueueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly SinkRecord _record;
    private readonly object _gate = new();
    private readonly List<LogEntry> _batch = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _retryNow = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Random _jitter = new();
    private bool _hasNews;
    private bool _isComplete;
    private bool _mustReopen;
    private bool _mustFlush;
    private int _failures;
    private int _retried;

    /// <summary>Starts the thread, which disposes of the sink at its end.</summary>
    internal SinkWorker(
        ILogSink sink, IEntrySource source, SinkQueueOptions options, TimeProvider timeProvider, SinkRecord record)
    {
        _sink = sink;
        _source = source;
        _options = options;
        _timeProvider = timeProvider;
        _record = record;
        new Thread(Run) { IsBackground = true, Name = "TunStats sink" }.Start();
    }

    /// <summary>Says that the source has something new.</summary>
    internal void Notify()
    {
        lock (_gate)
        {
            _hasNews = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Reopens the sink's file before the next entry.</summary>
    internal void Reopen()
    {
        lock (_gate)
        {
            _mustReopen = true;
        }

        _retryNow.Set();
        Notify();
    }

    /// <summary>Ends the thread when the source is empty. A retry that is due later is made at once.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
        }

        _retryNow.Set();
        Notify();
    }

    /// <summary>Waits for the end of the thread and ends it at the limit.</summary>
    /// <returns>False if the sink does not come back.</returns>
    internal bool WaitForEnd(TimeSpan limit)
    {
        if (HasEnded(limit))
        {
            return true;
        }

        _stop.Cancel();
        Notify();
        return HasEnded(Grace);
    }

    /// <summary>Ends the thread as soon as the sink comes back.</summary>
    public void Dispose()
    {
        if (!_ended.IsSet)
        {
            // The thread still needs what would be disposed of here.
            _stop.Cancel();
            Notify();
            return;
        }

        _stop.Dispose();
        _retryNow.Dispose();
        _ended.Dispose();
    }

    private bool HasEnded(TimeSpan limit)
    {
        using var time = new CancellationTokenSource(limit, _timeProvider);
        try
        {
            _ended.Wait(time.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return _ended.IsSet;
        }
    }

    private void Run()
    {
        try
        {
            while (!_stop.IsCancellationRequested && Step())
            {
            }
        }
        finally
        {
            _sink.Dispose();
            _ended.Set();
        }
    }

    /// <returns>False where all is done.</returns>
    private bool Step()
    {
        if (TakeReopen())
        {
            Try(_sink.Reopen);
        }

        _batch.Clear();

        // A batch is repeated as it was, so that a collector can tell that it came twice.
        int limit = _retried > 0 ? _retried : _options.MaxBatchMessages;
        try
        {
            if (_source.Peek(_batch, limit, _options.MaxBatchBytes))
            {
                Try(Write);
                return true;
            }
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            Retry(e, retryAfter: null, hasProgress: false);
            return true;
        }

        if (_mustFlush)
        {
            Try(Flush);
            return true;
        }

        lock (_gate)
        {
            while (!_hasNews && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            bool goesOn = _hasNews || !_isComplete;
            _hasNews = false;
            return goesOn;
        }
    }

    private void Write()
    {
        _mustFlush = true;
        _sink.Write(_batch, _stop.Token);
        Settle(_batch.Count);
    }

    private void Flush()
    {
        _sink.Flush(_stop.Token);
        _mustFlush = false;
    }

    private bool TakeReopen()
    {
        lock (_gate)
        {
            bool must = _mustReopen;
            _mustReopen = false;
            return must;
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
            (_failures, _retried) = (0, 0);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The time to stop is up: what is in the source stays there.
        }
        catch (LogSinkException e)
        {
            Settle(Math.Min(e.Taken, _batch.Count));
            if (e.Failure is LogSinkErrorKind.Refused or LogSinkErrorKind.TooLarge)
            {
                Drop(e);
            }
            else
            {
                Retry(e, e.RetryAfter, e.Taken > 0);
            }
        }
        catch (Exception e)
        {
            Retry(e, retryAfter: null, hasProgress: false);
        }
    }

    private void Settle(int taken)
    {
        if (taken > 0)
        {
            if (_source.Remove(taken))
            {
                _record.AddSent(_batch, taken);
            }

            _batch.RemoveRange(0, taken);
        }
    }

    private void Drop(LogSinkException e)
    {
        int count = Math.Clamp(e.Refused, 1, Math.Max(1, _batch.Count));
        count = Math.Min(count, _batch.Count);
        _retried = 0;
        if (_source.Remove(count))
        {
            _record.AddRefused(_batch, count, e);
        }
    }

    private void Retry(Exception error, TimeSpan? retryAfter, bool hasProgress)
    {
        _failures = hasProgress ? 1 : _failures + 1;
        _retried = _batch.Count;
        _record.AddFailure(error);
        TimeSpan delay = retryAfter is { } asked
            ? TimeSpan.FromTicks(Math.Clamp(asked.Ticks, _options.MinRetryDelay.Ticks, _options.MaxRetryAfter.Ticks))
            : BackOff();
        using var time = new CancellationTokenSource(delay, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, _stop.Token);
        try
        {
            _retryNow.Wait(either.Token);
            _retryNow.Reset();
        }
        catch (OperationCanceledException)
        {
            // The delay has passed, or the thread has to end.
        }
    }

    /// <summary>Doubles with each failure; the upper half is random, so that a fleet does not retry in step.</summary>
    private TimeSpan BackOff()
    {
        double factor = Math.Pow(2, Math.Min(_failures - 1, 30));
        double longest = Math.Min(_options.MinRetryDelay.Ticks * factor, _options.MaxRetryDelay.Ticks);
        return TimeSpan.FromTicks((long)(longest * (0.5 + (_jitter.NextDouble() / 2))));
    }
}
