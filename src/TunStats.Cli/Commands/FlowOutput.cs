using System;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Cli.Commands;

/// <summary>
/// The common parts of a run of a flow command: stop signals, standard output that waits for its reader but not after a
/// stop, and messages.
/// </summary>
internal sealed class FlowOutput : IDisposable
{
    // The current window is delivered shortly after the signal; with this limit everything ends within 0.2 s.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _grace = new();
    private readonly QueuedOutput _output;
    private readonly StopSignals _signals;
    private long _unwritten;
    private volatile bool _isWriting;
    private int _hasGrace;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="hangUp">What SIGHUP does instead of a stop; null for a stop.</param>
    internal FlowOutput(TimeProvider timeProvider, Action? hangUp = null)
    {
        Messages = new Messages(timeProvider);
        _output = new QueuedOutput(
            StandardDescriptors.Borrow(StandardDescriptors.Output), OutputPolicy.Wait, timeProvider);
        _signals = new StopSignals(End, hangUp);
    }

    /// <summary>Standard error.</summary>
    internal Messages Messages { get; }

    /// <summary>Cancelled by SIGTERM, SIGINT and SIGHUP.</summary>
    internal CancellationToken Stop => _stop.Token;

    /// <summary>Whether nothing is written any more: the lines left are only counted.</summary>
    internal bool IsOver => _grace.IsCancellationRequested;

    /// <summary>Writes whole lines; waits for the reader unless it is over.</summary>
    /// <param name="lines">Lines, each with its line feed.</param>
    /// <exception cref="DescriptorException">Nothing can be written; EPIPE where the reader has gone.</exception>
    internal void Write(ReadOnlySpan<byte> lines)
    {
        _isWriting = true;
        if (_stop.IsCancellationRequested)
        {
            StartGrace();
        }

        if (!IsOver)
        {
            try
            {
                _output.Write(lines, _grace.Token);
                _isWriting = false;
                return;
            }
            catch (OperationCanceledException)
            {
                // Without a reader the program must still end: the lines are counted below.
            }
        }

        CountUnwritten(lines.Count((byte)'\n'));
    }

    /// <summary>Counts lines that are not even made any more.</summary>
    internal void CountUnwritten(long lines) => _unwritten += lines;

    /// <summary>Lets what was written go out now.</summary>
    internal void Flush() => _output.Flush();

    /// <summary>Waits until everything is out, and says what is not.</summary>
    /// <exception cref="DescriptorException">Not everything can be written.</exception>
    internal void Complete() => Messages.ReportDrops(_unwritten + _output.Complete(
        _stop.Token, IsOver ? TimeSpan.FromMilliseconds(10) : Grace));

    public void Dispose()
    {
        _signals.Dispose();
        _output.Dispose();
        Messages.Dispose();
        _stop.Dispose();
        _grace.Dispose();
    }

    private void End()
    {
        _stop.Cancel();
        if (_isWriting)
        {
            StartGrace();
        }
    }

    /// <summary>Gives what is still to be written a limited time, from the first write after the signal on.</summary>
    private void StartGrace()
    {
        if (Interlocked.Exchange(ref _hasGrace, 1) == 0)
        {
            _grace.CancelAfter(Grace);
        }
    }
}
