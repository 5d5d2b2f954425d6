using System;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Threading;

namespace TunStats.PowerShell.Jobs;

/// <summary>Writes a job's records to the streams that they belong to, each of which holds a bounded number.</summary>
internal sealed class JobStreams
{
    private static readonly TimeSpan BetweenOverflowWarnings = TimeSpan.FromSeconds(1);

    private readonly Job _job;
    private readonly int _bufferSize;
    private readonly TimeProvider _timeProvider;
    private long _dropped;
    private long _allDropped;
    private long _warnedAt;
    private WarningRecord? _warning;
    private long _inWarning;

    internal JobStreams(Job job, int bufferSize, TimeProvider timeProvider)
    {
        _job = job;
        _bufferSize = bufferSize;
        _timeProvider = timeProvider;
    }

    /// <summary>How many objects were dropped since the start.</summary>
    internal long AllDropped => Interlocked.Read(ref _allDropped);

    /// <summary>Writes a record; the oldest of its stream goes where that is full.</summary>
    internal void Write(object record)
    {
        switch (record)
        {
            case PSObject output:
                int dropped = Add(_job.Output, output, _bufferSize);
                _dropped += dropped;
                Interlocked.Add(ref _allDropped, dropped);
                break;
            case ErrorRecord error:
                Add(_job.Error, error, _bufferSize);
                break;
            case WarningRecord warning:
                Add(_job.Warning, warning, _bufferSize);
                break;
            case ProgressRecord progress:
                Add(_job.Progress, progress, 1);
                break;
            case VerboseRecord verbose:
                Add(_job.Verbose, verbose, _bufferSize);
                break;
            case InformationRecord information:
                Add(_job.Information, information, _bufferSize);
                break;
            default:
                throw new InvalidOperationException($"A job has no stream for a {record.GetType().Name}.");
        }
    }

    /// <summary>
    /// Warns of records that had no room. A warning that nobody has received gets the new number; another one comes
    /// after a second, and at the end.
    /// </summary>
    /// <param name="dropped">How many did not even come here.</param>
    /// <param name="atTheEnd">Whether this is the last chance.</param>
    internal void ReportOverflow(long dropped, bool atTheEnd)
    {
        _dropped += dropped;
        Interlocked.Add(ref _allDropped, dropped);
        if (_dropped == 0)
        {
            return;
        }

        long now = _timeProvider.GetTimestamp();
        if (TryUpdateWarning()
            || (!atTheEnd && _warning is not null
                && _timeProvider.GetElapsedTime(_warnedAt, now) < BetweenOverflowWarnings))
        {
            return;
        }

        _warning = new WarningRecord(OverflowText(_dropped));
        Write(_warning);
        (_inWarning, _dropped, _warnedAt) = (_dropped, 0, now);
    }

    private string OverflowText(long dropped) => string.Create(
        CultureInfo.InvariantCulture,
        $"The job's buffer of {_bufferSize} objects was full: the {dropped} oldest were dropped. Receive the job more "
        + $"often, or give it a larger -BufferSize.");

    /// <summary>Whether the last warning still waits to be received, and has the new number now.</summary>
    private bool TryUpdateWarning()
    {
        if (_warning is null)
        {
            return false;
        }

        lock (((ICollection)_job.Warning).SyncRoot)
        {
            if (!_job.Warning.Contains(_warning))
            {
                return false;
            }

            _inWarning += _dropped;
            _dropped = 0;
            _warning.Message = OverflowText(_inWarning);
            return true;
        }
    }

    private static int Add<T>(PSDataCollection<T> stream, T record, int capacity)
    {
        int dropped = 0;
        lock (((ICollection)stream).SyncRoot)
        {
            while (stream.Count >= capacity)
            {
                stream.RemoveAt(0);
                dropped++;
            }
        }

        try
        {
            // Outside of the lock: Add calls the receiver, which may wait for a thread that wants the lock.
            stream.Add(record);
        }
        catch (ArgumentOutOfRangeException)
        {
            // The record is there, and was taken by another receiver before this one could look at it.
        }

        return dropped;
    }
}
