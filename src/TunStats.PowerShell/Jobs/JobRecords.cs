using System.Collections.Generic;
using System.Threading;

namespace TunStats.PowerShell.Jobs;

/// <summary>
/// What a job's thread has to say, on its way to the thread that writes it: bounded, in order, and never waited for by
/// whoever adds.
/// </summary>
internal sealed class JobRecords
{
    private readonly object _gate = new();
    private readonly Queue<object> _records = new();
    private readonly int _capacity;
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
                return _records.Count > 0;
            }
        }
    }

    /// <summary>Adds a record; the oldest goes where there is no room.</summary>
    internal void Add(object record)
    {
        lock (_gate)
        {
            if (_records.Count >= _capacity)
            {
                _records.Dequeue();
                _dropped++;
            }

            _records.Enqueue(record);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Says that no more will be added.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the next record.</summary>
    /// <returns>It, or null where all were taken and no more will come.</returns>
    internal object? Take()
    {
        lock (_gate)
        {
            while (_records.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            return _records.TryDequeue(out object? record) ? record : null;
        }
    }

    /// <summary>Takes the number of records that had no room since it was taken before.</summary>
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
