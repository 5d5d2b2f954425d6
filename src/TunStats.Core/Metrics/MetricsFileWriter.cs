using System;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>
/// Writes a poller's totals to a file after each poll, on a thread of its own: a slow disk delays no poll. What could
/// not be written in time is left out; the newest is always written. The file is removed at the end, also where the
/// process ends without disposing of this object, unless it is to be kept.
/// </summary>
public sealed class MetricsFileWriter : IDisposable
{
    // A disk that no longer answers must not keep the process from ending.
    private static readonly TimeSpan MaxWaitAtEnd = TimeSpan.FromSeconds(10);

    // From a signal until the process ends: what is removed in between must not be written again.
    private static readonly TimeSpan PauseAfterSignal = TimeSpan.FromSeconds(2);

    private readonly MetricsFile _file;
    private readonly MetricsSource _metrics;
    private readonly MetricsFormat _format;
    private readonly Action<string> _warn;
    private readonly Thread _thread;
    private readonly Utf8Buffer _buffer = new();
    private readonly object _gate = new();
    private readonly object _fileGate = new();
    private readonly TimeProvider _timeProvider;
    private readonly PosixSignalRegistration[] _signals;
    private long? _signalledAt;
    private bool _hasNews;
    private bool _isEnding;
    private bool _isKept;
    private bool _hasFailed;
    private bool _hasReportedOther;

    /// <summary>Begins to wait for polls; nothing is written before the first.</summary>
    /// <param name="file">The file.</param>
    /// <param name="metrics">The totals.</param>
    /// <param name="warn">Takes a sentence when writing begins to fail, on the writer's thread.</param>
    /// <param name="format">Which text; Prometheus text unless told otherwise, which node_exporter reads.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    public MetricsFileWriter(
        MetricsFile file,
        MetricsSource metrics,
        Action<string> warn,
        MetricsFormat format = MetricsFormat.Prometheus,
        TimeProvider? timeProvider = null)
    {
        _timeProvider = timeProvider ?? TimeProvider.System;
        _file = file;
        _metrics = metrics;
        _format = format;
        _warn = warn;
        _thread = new Thread(Run) { IsBackground = true, Name = "TunStats metrics file" };
        _thread.Start();
        _metrics.Published += Notify;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;

        // Unless something else handles them they end a process at once: SIGTERM from .NET 10 on, SIGHUP in any
        // version. A process that goes on writes the file again.
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => RemoveForSignal()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => RemoveForSignal()),
        ];
    }

    /// <summary>Keeps the file at the end, with the totals of the last poll.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            _isKept = true;
        }
    }

    /// <summary>Writes no more, and removes the file unless it is to be kept.</summary>
    public void Dispose()
    {
        _metrics.Published -= Notify;
        lock (_gate)
        {
            _isEnding = true;
            Monitor.Pulse(_gate);
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }

        _thread.Join(MaxWaitAtEnd);
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    private void RemoveForSignal()
    {
        lock (_gate)
        {
            if (_isKept)
            {
                return;
            }

            _signalledAt = _timeProvider.GetTimestamp();
        }

        Try(Delete, "");
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
            Try(Write, " It is tried again after each poll.");
        }

        if (!_isKept)
        {
            Try(Delete, "");
        }
    }

    private void Write()
    {
        lock (_fileGate)
        {
            // Looked at here: the signal may have come since there was news.
            if (IsPaused())
            {
                return;
            }

            _metrics.Write(_format, _buffer);
            _file.Write(_buffer.Written.Span);
        }

        _hasFailed = false;
        if (_file.HasOtherWriter && !_hasReportedOther)
        {
            _hasReportedOther = true;
            _warn($"Another poller writes '{_file.Path}', too: its totals and these take turns in it. Give each poller "
                + "a metrics file of its own.");
        }
    }

    private void Delete()
    {
        lock (_fileGate)
        {
            _file.Delete();
        }
    }

    private bool IsPaused()
    {
        lock (_gate)
        {
            return _signalledAt is { } at && _timeProvider.GetElapsedTime(at) < PauseAfterSignal;
        }
    }

    private bool WaitForNews()
    {
        lock (_gate)
        {
            while (!_hasNews && !_isEnding)
            {
                Monitor.Wait(_gate);
            }

            // A file that is kept gets the last poll, too.
            bool write = _hasNews && (!_isEnding || _isKept);
            _hasNews = false;
            return write;
        }
    }

    private void Try(Action action, string consequence)
    {
        try
        {
            action();
        }
        catch (TunStatsException e)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                _warn(e.Message + consequence);
            }
        }
    }
}
