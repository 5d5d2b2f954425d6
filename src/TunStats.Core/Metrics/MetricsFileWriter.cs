using System;
using System.Buffers;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>
/// Writes a poller's totals to a file after each poll, on its own thread: a slow disk delays no poll. If writing is too
/// slow, intermediate totals are skipped; the newest is always written. The file is removed at the end, also when the
/// process ends without disposing of this object, unless it is kept.
/// </summary>
internal sealed class MetricsFileWriter : IDisposable
{
    // A disk that no longer answers must not prevent the process from ending.
    private static readonly TimeSpan MaxWaitAtEnd = TimeSpan.FromSeconds(10);

    // From a signal to the end of the process: a removed file must not be written again.
    private static readonly TimeSpan PauseAfterSignal = TimeSpan.FromSeconds(2);

    private readonly MetricsFile _file;
    private readonly MetricsSource _metrics;
    private readonly MetricsFormat _format;
    private readonly Action<string> _warn;
    private readonly Thread _thread;
    private readonly ArrayBufferWriter<byte> _buffer = new();
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

    /// <summary>Starts the writer; nothing is written before the first poll.</summary>
    /// <param name="file">The file.</param>
    /// <param name="metrics">The totals.</param>
    /// <param name="warn">Receives a warning when writing begins to fail, on the writer's thread.</param>
    /// <param name="format">The text format; default Prometheus text, which node_exporter reads.</param>
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

        // Without another handler these signals end a process at once: SIGTERM from .NET 10 on, SIGHUP in any version.
        // A process that continues writes the file again.
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => RemoveForSignal()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => RemoveForSignal()),
        ];
    }

    /// <summary>Keeps the file when this object is disposed, with the totals of the last poll.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            _isKept = true;
        }
    }

    /// <summary>Stops writing, and removes the file unless it is kept.</summary>
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
            Try(Write, " Writing is retried after each poll.");
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
            // Checked here: the signal may have come in the meantime.
            if (IsPaused())
            {
                return;
            }

            _metrics.Write(_format, _buffer);
            _file.Write(_buffer.WrittenSpan);
        }

        _hasFailed = false;
        if (_file.HasOtherWriter && !_hasReportedOther)
        {
            _hasReportedOther = true;
            _warn($"Another poller also writes '{_file.Path}': the two overwrite each other. Give each poller "
                + "its own metrics file.");
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

            // A kept file also gets the last poll.
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
