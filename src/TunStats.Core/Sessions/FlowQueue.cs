using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>
/// The ordered, bounded queue from the threads of a session to its sink. A live source never waits: its windows are
/// dropped and counted if the queue is full. A file waits.
/// </summary>
internal sealed class FlowQueue
{
    private const int MinMaxWindows = 64;
    private const int WindowsPerSource = 4;
    private const long MaxConnections = 4_000_000;

    private readonly object _gate = new();
    private readonly Queue<Item> _items = [];
    private readonly int _maxWindows;
    private Dropped _dropped;
    private int _windows;
    private long _connections;
    private int _running;
    private bool _isAbandoned;

    /// <summary>Makes a queue.</summary>
    /// <param name="sources">The number of sources, each of which will signal its end.</param>
    internal FlowQueue(int sources)
    {
        _running = sources;
        _maxWindows = Math.Max(MinMaxWindows, WindowsPerSource * sources);
    }

    /// <summary>Posts a window; drops and counts it if the queue is full.</summary>
    internal void PostLive(FlowReport report)
    {
        lock (_gate)
        {
            if (!_isAbandoned && HasRoom)
            {
                Enqueue(report);
                return;
            }

            if (report.Count > 0)
            {
                _dropped = new Dropped(_dropped.Windows + 1, _dropped.Connections + report.Count);
            }
        }

        report.Dispose();
    }

    /// <summary>Posts a window of a file; waits if the queue is full.</summary>
    /// <returns>False after the queue was closed.</returns>
    internal bool Post(FlowReport report)
    {
        lock (_gate)
        {
            while (!_isAbandoned && _windows > 0)
            {
                Monitor.Wait(_gate);
            }

            if (!_isAbandoned)
            {
                Enqueue(report);
                return true;
            }
        }

        report.Dispose();
        return false;
    }

    /// <summary>Posts an error of a source.</summary>
    internal void Post(Exception error, string source) => Post(new Item { Error = error, Source = source });

    /// <summary>Posts a warning.</summary>
    internal void Post(string warning) => Post(new Item { Warning = warning });

    /// <summary>Posts the progress of a file; only the newest is kept.</summary>
    internal void Post(FlowProgress progress)
    {
        lock (_gate)
        {
            Progress = progress;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Signals that a source has ended.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _running--;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Closes the queue: nothing is taken any more.</summary>
    internal void Abandon()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            foreach (Item item in _items)
            {
                item.Report?.Dispose();
            }

            _items.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes the next item.</summary>
    /// <param name="timeout">How long to wait for one.</param>
    /// <param name="item">The item; null on timeout, or if <see cref="TakeProgress"/> has news.</param>
    /// <returns>False when all sources have ended and the queue is empty.</returns>
    internal bool TryTake(TimeSpan timeout, out Item? item)
    {
        lock (_gate)
        {
            if (_items.Count == 0 && _running > 0 && Progress is null)
            {
                Monitor.Wait(_gate, timeout);
            }

            if (_items.TryDequeue(out item))
            {
                _windows -= item.Report is null ? 0 : 1;
                _connections -= item.Report?.Count ?? 0;
                Monitor.PulseAll(_gate);
                return true;
            }

            return _running > 0;
        }
    }

    /// <summary>Takes the newest progress; null for none.</summary>
    internal FlowProgress? TakeProgress()
    {
        lock (_gate)
        {
            FlowProgress? progress = Progress;
            Progress = null;
            return progress;
        }
    }

    /// <summary>Takes the drops since the last call.</summary>
    internal Dropped TakeDropped()
    {
        lock (_gate)
        {
            Dropped dropped = _dropped;
            _dropped = default;
            return dropped;
        }
    }

    private FlowProgress? Progress { get; set; }

    private bool HasRoom => _windows == 0 || (_windows < _maxWindows && _connections < MaxConnections);

    private void Enqueue(FlowReport report)
    {
        _windows++;
        _connections += report.Count;
        _items.Enqueue(new Item { Report = report });
        Monitor.PulseAll(_gate);
    }

    private void Post(Item item)
    {
        lock (_gate)
        {
            if (!_isAbandoned)
            {
                _items.Enqueue(item);
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Dropped windows and their connections.</summary>
    internal readonly record struct Dropped(long Windows, long Connections);

    /// <summary>A window, an error or a warning.</summary>
    internal sealed class Item
    {
        internal FlowReport? Report { get; init; }

        internal Exception? Error { get; init; }

        internal string Source { get; init; } = "";

        internal string? Warning { get; init; }
    }
}
