using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Export;

/// <summary>
/// Entries in memory, bounded by number and bytes. What does not fit is dropped, and a gap takes its place as soon as
/// there is room. Thread-safe.
/// </summary>
internal sealed class EntryQueue(SinkQueueOptions options, TimeProvider timeProvider) : IEntrySource
{
    private readonly object _gate = new();
    private readonly Queue<LogEntry> _entries = [];
    private LogGap? _gap;
    private string _gapLogger = "";
    private long _bytes;
    private long _messages;
    private long _dropped;
    private bool _isClosed;
    private bool _isDiscarded;

    /// <summary>Messages and bytes that wait, and messages that had no room.</summary>
    internal (long Messages, long Bytes, long Dropped) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_messages, _bytes, _dropped);
            }
        }
    }

    /// <summary>Adds an entry; never waits.</summary>
    /// <returns>False if there was no room; the entry is counted then. False if the queue is closed.</returns>
    internal bool TryAdd(LogEntry entry)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            if (_messages >= options.MaxMessages || entry.Line.Length > options.MaxBytes - _bytes)
            {
                Drop(entry);
                return false;
            }

            EndGap();
            Enqueue(entry);
            return true;
        }
    }

    /// <summary>Takes no more entries.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            EndGap();
            _isClosed = true;
        }
    }

    /// <summary>Gives up what is left.</summary>
    /// <returns>The number of messages.</returns>
    internal long Discard()
    {
        lock (_gate)
        {
            long left = _messages;
            _entries.Clear();
            (_messages, _bytes, _isDiscarded) = (0, 0, true);
            return left;
        }
    }

    public bool Peek(List<LogEntry> batch, int maxMessages, int maxBytes)
    {
        lock (_gate)
        {
            long bytes = 0;
            foreach (LogEntry entry in _entries)
            {
                bytes += entry.Line.Length;
                if (batch.Count > 0 && (batch.Count >= maxMessages || bytes > maxBytes))
                {
                    break;
                }

                batch.Add(entry);
            }

            return batch.Count > 0;
        }
    }

    public bool Remove(int count)
    {
        lock (_gate)
        {
            if (_isDiscarded)
            {
                return false;
            }

            for (int i = 0; i < count; i++)
            {
                LogEntry entry = _entries.Dequeue();
                _bytes -= entry.Line.Length;
                _messages -= entry.IsGap ? 0 : 1;
            }

            if (_entries.Count == 0)
            {
                EndGap();
            }

            return true;
        }
    }

    private void Enqueue(LogEntry entry)
    {
        _entries.Enqueue(entry);
        _bytes += entry.Line.Length;
        _messages += entry.IsGap ? 0 : 1;
    }

    private void Drop(LogEntry entry)
    {
        _dropped++;
        _gapLogger = entry.Logger;
        _gap = _gap is { } gap
            ? gap with { Last = entry.Sequence, Messages = gap.Messages + 1 }
            : new LogGap(entry.Sequence, entry.Sequence, 1, "The queue was full.");
    }

    /// <summary>A gap is small: it goes in beyond the limits, once for each time that the queue was full.</summary>
    private void EndGap()
    {
        if (_gap is { } gap)
        {
            NanoTime now = NanoTime.FromDateTimeOffset(timeProvider.GetUtcNow());
            Enqueue(LogEntryWriter.WriteGap(_gapLogger, gap, now));
            _gap = null;
        }
    }
}
