using System;
using System.Threading;

namespace TunStats.Polling;

/// <summary>
/// Writes a poller's totals to a file after each poll, on a thread of its own: a slow disk delays no poll. What could
/// not be written in time is left out; the newest is always written. The file is removed at the end.
/// </summary>
public sealed class MetricsFileWriter : IDisposable
{
    private readonly MetricsFile _file;
    private readonly PollerMetrics _metrics;
    private readonly MetricsFormat _format;
    private readonly Action<string> _warn;
    private readonly Thread _thread;
    private readonly Utf8Buffer _buffer = new();
    private readonly object _gate = new();
    private bool _hasNews;
    private bool _isEnding;
    private bool _hasFailed;

    /// <summary>Begins to wait for polls; nothing is written before the first.</summary>
    /// <param name="file">The file.</param>
    /// <param name="metrics">The poller's totals.</param>
    /// <param name="warn">Takes a sentence when writing begins to fail, on the writer's thread.</param>
    /// <param name="format">Which text; OpenMetrics unless told otherwise.</param>
    public MetricsFileWriter(
        MetricsFile file,
        PollerMetrics metrics,
        Action<string> warn,
        MetricsFormat format = MetricsFormat.OpenMetrics)
    {
        _file = file;
        _metrics = metrics;
        _format = format;
        _warn = warn;
        _thread = new Thread(Run) { IsBackground = true, Name = "TunStats metrics file" };
        _thread.Start();
        _metrics.Published += Notify;
    }

    /// <summary>Writes no more, and removes the file.</summary>
    public void Dispose()
    {
        _metrics.Published -= Notify;
        lock (_gate)
        {
            if (_isEnding)
            {
                return;
            }

            _isEnding = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Notify()
    {
        lock (_gate)
        {
            _hasNews = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (WaitForNews())
        {
            Try(() =>
            {
                _metrics.Write(_format, _buffer);
                _file.Write(_buffer.Written.Span);
                _hasFailed = false;
            });
        }

        Try(_file.Delete);
    }

    private bool WaitForNews()
    {
        lock (_gate)
        {
            while (!_hasNews && !_isEnding)
            {
                Monitor.Wait(_gate);
            }

            _hasNews = false;
            return !_isEnding;
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (MetricsFileException e)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                _warn(e.Message + " It is tried again after each poll.");
            }
        }
    }
}
