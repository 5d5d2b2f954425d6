using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;

namespace TunStats.PowerShell.Jobs;

/// <summary>
/// The queue from a job's thread to its writer: bounded, in order, and never blocking for the job's thread. Output
/// objects have their own queue, so they never displace an error or a state.
/// </summary>
internal sealed class JobRecords
{
    private readonly object _gate = new();
    private readonly Queue<(long Number, object Record)> _output = new();
    private readonly Queue<(long Number, object Record)> _others = new();
    private readonly int _capacity;
    private long _added;
    private long _dropped;
    private bool _isComplete;

    internal JobRecords(int capacity) => _capacity = capacity;

    /// <summary>Whether something waits to be written.</summary>
    internal bool HasAny
    {
        get
        {
            lock (_gate)
            {
                return _output.Count + _others.Count > 0;
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

    /// <summary>Adds a record; where there is no room, the oldest of its queue is dropped, but never a state.</summary>
    internal void Add(object record)
    {
        lock (_gate)
        {
            Queue<(long Number, object Record)> queue = record is PSObject ? _output : _others;
            if (queue.Count >= _capacity)
            {
                (long Number, object Record) oldest = queue.Dequeue();
                if (oldest.Record is JobState)
                {
                    queue.Enqueue(oldest);
                    queue.Dequeue();
                }

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
            while (_output.Count + _others.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            bool hasOutput = _output.TryPeek(out (long Number, object Record) output);
            bool hasOther = _others.TryPeek(out (long Number, object Record) other);
            return hasOther && (!hasOutput || other.Number < output.Number) ? _others.Dequeue().Record
                : hasOutput ? _output.Dequeue().Record
                : null;
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
}
