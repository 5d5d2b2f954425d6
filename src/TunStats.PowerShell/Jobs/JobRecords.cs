using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace TunStats.PowerShell.Jobs;

/// <summary>
/// The queue from a job's thread to its writer: bounded, in order, and never blocking for the job's thread. Output,
/// messages and states have a queue each, so that none displaces another; states are never dropped.
/// </summary>
internal sealed class JobRecords
{
    private readonly object _gate = new();
    private readonly Queue<(long Number, object Record)> _output = new();
    private readonly Queue<(long Number, object Record)> _messages = new();
    private readonly Queue<(long Number, object Record)> _states = new();
    private readonly Queue<(long Number, object Record)>[] _queues;
    private readonly int _capacity;
    private long _added;
    private long _dropped;
    private bool _isComplete;

    internal JobRecords(int capacity)
    {
        _capacity = capacity;
        _queues = [_output, _messages, _states];
    }

    /// <summary>Whether something waits to be written.</summary>
    internal bool HasAny
    {
        get
        {
            lock (_gate)
            {
                return First() is not null;
            }
        }
    }

    /// <summary>How many objects wait to be written.</summary>
    internal int OutputCount
    {
        get
        {
            lock (_gate)
            {
                return _output.Count;
            }
        }
    }

    /// <summary>Adds a record; a full queue drops its oldest.</summary>
    internal void Add(object record)
    {
        lock (_gate)
        {
            Queue<(long Number, object Record)> queue = record is PSObject ? _output
                : record is JobState ? _states
                : _messages;
            if (queue.Count >= _capacity && queue != _states)
            {
                queue.Dequeue();
                _dropped++;
            }

            queue.Enqueue((_added++, record));
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Marks the end of the records.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the next record.</summary>
    /// <returns>The record, or null at the end.</returns>
    internal object? Take()
    {
        lock (_gate)
        {
            while (First() is null && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            return First()?.Dequeue().Record;
        }
    }

    /// <summary>Takes the number of records dropped since the last call.</summary>
    internal long TakeDropped()
    {
        lock (_gate)
        {
            long dropped = _dropped;
            _dropped = 0;
            return dropped;
        }
    }

    /// <summary>The queue with the oldest record; null if all are empty.</summary>
    private Queue<(long Number, object Record)>? First() =>
        _queues.Where(queue => queue.Count > 0).MinBy(queue => queue.Peek().Number);
}
