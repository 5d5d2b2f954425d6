using System;
using System.Collections.Generic;
using System.Threading;

namespace TunStats.Export;

/// <summary>
/// Puts a spool before a sink: messages are on disk before they are sent, and stay there until the destination has
/// them, also over a restart. A thread of its own sends them.
/// </summary>
internal sealed class SpooledSink : ILogSink
{
    private readonly LogSpool _spool;
    private readonly SinkWorker _worker;
    private readonly SinkRecord _record;
    private readonly TimeProvider _timeProvider;
    private long _stopsAt;
    private TimeSpan _stopLimit;

    /// <summary>Takes ownership of a sink and of a spool, and starts to send what is in it.</summary>
    internal SpooledSink(
        ILogSink sink,
        LogSpool spool,
        TimeProvider timeProvider,
        SinkQueueOptions? options = null,
        Action<string>? warn = null)
    {
        if (sink.UsesMessages)
        {
            throw new ArgumentException("A spool keeps lines only.", nameof(sink));
        }

        Name = sink.Name;
        _spool = spool;
        _timeProvider = timeProvider;
        _record = new SinkRecord(sink.Name, timeProvider, warn);
        _worker = new SinkWorker(sink, spool, options ?? new SinkQueueOptions(), timeProvider, _record);
    }

    public string Name { get; }

    public bool UsesMessages => false;

    public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken)
    {
        try
        {
            _spool.Append(batch);
        }
        finally
        {
            _worker.Notify();
        }
    }

    public void Flush(CancellationToken cancellationToken) => _spool.Sync();

    public void Reopen() => _worker.Reopen();

    /// <summary>Sees that all that waits is on the disk, or counted as lost.</summary>
    internal void Secure() => _spool.Secure();

    /// <summary>Says how long <see cref="Dispose"/> may go on sending; without it, not at all.</summary>
    internal void LimitStop(TimeSpan limit) =>
        (_stopsAt, _stopLimit) = (_timeProvider.GetTimestamp(), limit);

    public void Dispose()
    {
        TimeSpan left = _stopLimit - (_stopLimit == default ? default : _timeProvider.GetElapsedTime(_stopsAt));
        _worker.Complete();
        if (_worker.WaitForEnd(left > TimeSpan.Zero ? left : TimeSpan.Zero))
        {
            _spool.Dispose();
        }

        _worker.Dispose();
    }

    /// <summary>What the queue before the spool did, and what the sink behind it did.</summary>
    internal SinkStatus Merge(SinkStatus queue)
    {
        SinkStatus sink = _record.Status;
        (long messages, long bytes) = _spool.Counts;
        (long Messages, long Bytes) passing = _spool.Passing;
        (long Damaged, long Stopped) lost = _spool.Lost;
        bool isQueueLater = (queue.LastErrorTime ?? default) > (sink.LastErrorTime ?? default);
        return sink with
        {
            QueuedMessages = queue.QueuedMessages + passing.Messages,
            QueuedBytes = queue.QueuedBytes + passing.Bytes,
            SpooledMessages = messages,
            SpooledBytes = bytes,
            Drops = queue.Drops with
            {
                Refused = sink.Drops.Refused,
                TooLarge = sink.Drops.TooLarge,
                Stopped = queue.Drops.Stopped + lost.Stopped,
                Damaged = lost.Damaged,
            },
            Retries = sink.Retries + queue.Retries,
            IsFailing = sink.IsFailing || queue.IsFailing,
            LastError = isQueueLater ? queue.LastError : sink.LastError,
            LastErrorTime = isQueueLater ? queue.LastErrorTime : sink.LastErrorTime,
        };
    }
}
