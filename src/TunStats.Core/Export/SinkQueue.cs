using System;
using System.Threading;

namespace TunStats.Export;

/// <summary>
/// A sink behind a bounded queue, with a thread of its own: whoever adds messages never waits for the destination.
/// </summary>
internal sealed class SinkQueue : IDisposable
{
    private readonly ILogSink _sink;
    private readonly EntryQueue _queue;
    private readonly SinkRecord _record;
    private readonly SinkWorker _worker;
    private readonly SpooledSink? _spooled;
    private readonly bool _usesMessages;
    private int _isComplete;

    /// <summary>Takes ownership of a sink and starts its thread.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="timeProvider">The clock of retries and limits.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="warn">
    /// Takes whole sentences when the sink begins or ceases to fail, on the sink's thread; null for none.
    /// </param>
    internal SinkQueue(
        ILogSink sink, TimeProvider timeProvider, SinkQueueOptions? options = null, Action<string>? warn = null)
    {
        options ??= new SinkQueueOptions();
        _sink = sink;
        _spooled = sink as SpooledSink;
        _usesMessages = sink.UsesMessages;
        _queue = new EntryQueue(options, timeProvider);

        // A spool that takes no more is another failure than a destination that is away.
        string name = _spooled is null ? sink.Name : $"spool of {sink.Name}";
        _record = new SinkRecord(name, timeProvider, warn);
        _worker = new SinkWorker(sink, _queue, options, timeProvider, _record);
    }

    /// <summary>What the sink has done so far.</summary>
    internal SinkStatus Status
    {
        get
        {
            (long messages, long bytes, long dropped) = _queue.Counts;
            SinkStatus status = _record.Status;
            status = status with
            {
                QueuedMessages = messages,
                QueuedBytes = bytes,
                Drops = status.Drops with { QueueFull = dropped },
            };
            return _spooled?.Merge(status) ?? status;
        }
    }

    /// <summary>Adds a message; never waits.</summary>
    /// <returns>False if the queue is full: the message is dropped and counted.</returns>
    internal bool TryAdd(LogEntry entry)
    {
        bool isAdded = _queue.TryAdd(_usesMessages || entry.Message is null ? entry : entry with { Message = null });
        if (isAdded)
        {
            _worker.Notify();
        }
        else
        {
            _sink.CountDropped(entry);
        }

        return isAdded;
    }

    /// <summary>Opens the sink's file anew before the next message, for SIGHUP.</summary>
    internal void Reopen() => _worker.Reopen();

    /// <summary>Hands out what is queued and ends the thread. Nothing can be added after it.</summary>
    /// <param name="limit">How long to try.</param>
    /// <returns>The number of messages that were left in memory; they count as drops.</returns>
    internal long Complete(TimeSpan limit)
    {
        if (Interlocked.Exchange(ref _isComplete, 1) != 0)
        {
            return 0;
        }

        _spooled?.LimitStop(limit);
        _queue.Close();
        _worker.Complete();
        _worker.WaitForEnd(limit);
        _spooled?.Secure();
        long left = _queue.Discard();
        _record.AddStopped(left);
        return left;
    }

    /// <summary>Ends the thread; what is still queued is lost.</summary>
    public void Dispose()
    {
        Complete(TimeSpan.Zero);
        _worker.Dispose();
    }
}
