using System;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// Writes whole lines to a descriptor that may stall: a full disk, a pipe that nobody reads, a terminal stopped with
/// ^S. Lines wait in a bounded queue; a background thread, started with the first line, writes them.
/// </summary>
internal sealed class QueuedOutput : IDisposable
{
    /// <summary>How long <see cref="Complete"/> keeps writing after a stop.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    private const int DefaultCapacity = 1024 * 1024;
    private const int BatchBytes = 16 * 1024;

    // PIPE_BUF: a pipe with room takes this much without blocking, so the number of unwritten lines is exact.
    private const int PipeBytes = 4096;
    private const int FileBytes = 64 * 1024;
    private const int StackSize = 256 * 1024;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly SafeFileDescriptor _descriptor;
    private readonly OutputPolicy _policy;
    private readonly TimeProvider _timeProvider;
    private readonly Action<long>? _reportDrops;
    private readonly Action<Errno>? _reportFailure;
    private readonly ByteQueue _queue;
    private readonly int _chunkBytes;
    private readonly ManualResetEventSlim _room = new();
    private readonly ManualResetEventSlim _ended = new();

    private readonly CancellationTokenSource _closed = new();
    private Thread? _thread;
    private Errno _failure;
    private bool _isComplete;
    private bool _isMidLine;
    private bool _isTorn;
    private bool _isFailing;
    private bool _hasReportedFailure;
    private long _unreported;
    private long _reportedAt;
    private bool _hasReported;

    /// <summary>Makes an output; it does not close the descriptor.</summary>
    /// <param name="descriptor">Where to write.</param>
    /// <param name="policy">What to do where there is no room.</param>
    /// <param name="timeProvider">The clock of the grace period.</param>
    /// <param name="reportDrops">
    /// Takes the number of lines lost since the last report, on the writing thread, when there is room again.
    /// </param>
    /// <param name="capacity">The maximum number of queued bytes.</param>
    /// <param name="reportFailure">
    /// <see cref="OutputPolicy.Drop"/> only: takes the kernel's reason, once, when lines begin to be lost for it.
    /// </param>
    internal QueuedOutput(
        SafeFileDescriptor descriptor,
        OutputPolicy policy,
        TimeProvider timeProvider,
        Action<long>? reportDrops = null,
        int capacity = DefaultCapacity,
        Action<Errno>? reportFailure = null)
    {
        _descriptor = descriptor;
        _policy = policy;
        _timeProvider = timeProvider;
        _reportDrops = reportDrops;
        _reportFailure = reportFailure;
        _queue = new ByteQueue(capacity);
        _chunkBytes = Libc.lseek(descriptor, 0, SEEK_CUR) >= 0 ? FileBytes : PipeBytes;
    }

    /// <summary>The number of lines lost so far.</summary>
    internal long Dropped { get; private set; }

    /// <summary>Cancelled when the reader has gone (EPIPE).</summary>
    internal CancellationToken Closed => _closed.Token;

    /// <summary>Queues whole lines. They are written at <see cref="Flush"/>, or earlier if many are queued.</summary>
    /// <param name="lines">One or more lines with their line feeds; all of them are queued, or none.</param>
    /// <param name="cancellationToken">Ends the wait for room; <see cref="OutputPolicy.Drop"/> never waits.</param>
    /// <returns>False if the lines were dropped.</returns>
    /// <exception cref="DescriptorException">
    /// <see cref="OutputPolicy.Wait"/> only: the descriptor takes no more; EPIPE where the reader has gone.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before all was queued.</exception>
    /// <exception cref="OutOfMemoryException">
    /// <see cref="OutputPolicy.Wait"/> only: the kernel gave no thread to write with.
    /// </exception>
    internal bool Write(ReadOnlySpan<byte> lines, CancellationToken cancellationToken = default)
    {
        while (lines.Length > 0)
        {
            lock (_gate)
            {
                if (_policy == OutputPolicy.Wait && _failure != Errno.None)
                {
                    throw new DescriptorException("Writing to standard output", _failure);
                }

                // A line longer than the queue is written in pieces under OutputPolicy.Wait.
                int part = _policy == OutputPolicy.Wait ? Math.Min(lines.Length, BatchBytes) : lines.Length;
                if (_failure == Errno.None && _queue.TryAppend(lines[..part]))
                {
                    lines = lines[part..];
                    if (_queue.Count >= BatchBytes)
                    {
                        Wake();
                    }

                    continue;
                }

                if (_failure == Errno.None)
                {
                    Wake();
                }

                if (_policy == OutputPolicy.Drop)
                {
                    Drop(_failure == Errno.EPIPE ? 0 : lines.Count((byte)'\n'));
                    return false;
                }

                _room.Reset();
            }

            _room.Wait(cancellationToken);
        }

        return true;
    }

    /// <summary>Writes the queued lines now.</summary>
    internal void Flush()
    {
        lock (_gate)
        {
            if (_queue.Count > 0)
            {
                Wake();
            }
        }
    }

    /// <summary>Waits until everything is written; nothing may be queued after it.</summary>
    /// <param name="stop">Ends the wait, after a grace period.</param>
    /// <param name="grace">The grace period; 0.2 s unless given.</param>
    /// <returns>The number of lines that were lost and not reported; 0 if the reader has gone.</returns>
    /// <exception cref="DescriptorException">
    /// <see cref="OutputPolicy.Wait"/> only: not everything could be written.
    /// </exception>
    internal long Complete(CancellationToken stop, TimeSpan? grace = null)
    {
        lock (_gate)
        {
            _isComplete = true;
            if (_thread is null && _queue.Count == 0)
            {
                return TakeUnreported();
            }

            Wake();
        }

        if (_thread is not null && !HasEnded(stop))
        {
            WaitForEnd(grace ?? Grace);
        }

        lock (_gate)
        {
            if (_policy == OutputPolicy.Wait && _failure != Errno.None)
            {
                throw new DescriptorException("Writing to standard output", _failure);
            }

            return _failure == Errno.EPIPE ? 0 : _queue.CountLines() + TakeUnreported();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.Pulse(_gate);
        }

        // A thread stuck in write(2) may return after everything else has ended, and still needs them.
        if (_thread is null || _ended.IsSet)
        {
            _room.Dispose();
            _ended.Dispose();
            _closed.Dispose();
        }
    }

    private bool HasEnded(CancellationToken cancellationToken)
    {
        try
        {
            _ended.Wait(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return _ended.IsSet;
        }
    }

    private void WaitForEnd(TimeSpan limit)
    {
        // A token with a time needs the framework's timer thread, which the kernel may refuse.
        if (ReferenceEquals(_timeProvider, TimeProvider.System))
        {
            _ended.Wait(limit);
            return;
        }

        using var late = new CancellationTokenSource(limit, _timeProvider);
        HasEnded(late.Token);
    }

    private long TakeUnreported()
    {
        long count = _unreported;
        _unreported = 0;
        return count;
    }

    private void Wake()
    {
        if (_thread is null)
        {
            var thread = new Thread(Run, StackSize) { IsBackground = true, Name = "TunStats output" };
            try
            {
                thread.Start();
            }
            catch (Exception e) when (_policy == OutputPolicy.Drop && e is OutOfMemoryException or ThreadStartException)
            {
                // The runtime's exception for EAGAIN; the next line tries again.
                WriteWithoutThread();
                return;
            }

            _thread = thread;
        }

        Monitor.Pulse(_gate);
    }

    /// <summary>Writes what can be written without waiting; drops the rest.</summary>
    private void WriteWithoutThread()
    {
        while (_queue.Count > 0 && _failure == Errno.None)
        {
            if (!DescriptorWriter.IsWritable(_descriptor))
            {
                Fail(Errno.EAGAIN);
                return;
            }

            ArraySegment<byte> chunk = _queue.Peek(PipeBytes);
            Errno errno = TryWrite(chunk, out int written);
            Settle(chunk, written, errno);
        }
    }

    private void Drop(long lines)
    {
        Dropped += lines;
        _unreported += lines;
    }

    private void Run()
    {
        while (TryTake(out ArraySegment<byte> chunk, out long dropped))
        {
            if (dropped > 0)
            {
                _reportDrops!(dropped);
            }
            else
            {
                Errno errno = TryWrite(chunk, out int written);
                Settle(chunk, written, errno);
            }
        }

        _ended.Set();
    }

    /// <summary>Waits for the next bytes to write, or for drops to report.</summary>
    private bool TryTake(out ArraySegment<byte> chunk, out long dropped)
    {
        lock (_gate)
        {
            dropped = 0;
            while (_queue.Count == 0)
            {
                if (IsReportDue())
                {
                    _hasReported = true;
                    _hasReportedFailure = false;
                    _reportedAt = _timeProvider.GetTimestamp();
                    dropped = TakeUnreported();
                    chunk = default;
                    return true;
                }

                if (_isComplete)
                {
                    chunk = default;
                    return false;
                }

                Monitor.Wait(_gate);
            }

            chunk = _queue.Peek(_chunkBytes);
            return true;
        }
    }

    // Report a disk that stays full, or a reader that is always too slow, only once in a while.
    private bool IsReportDue() =>
        _unreported > 0 && !_isFailing && _failure == Errno.None && _reportDrops is not null && !_isComplete
        && (!_hasReported || _timeProvider.GetElapsedTime(_reportedAt) >= ReportInterval);

    private void Settle(ArraySegment<byte> chunk, int written, Errno errno)
    {
        lock (_gate)
        {
            if (written > 0)
            {
                _isMidLine = chunk[written - 1] != (byte)'\n';
                _queue.Advance(written);
                _isFailing = false;
            }

            if (errno != Errno.None)
            {
                Fail(errno);
            }

            _room.Set();
        }

        if (errno == Errno.EPIPE)
        {
            _closed.Cancel();
        }
        else if (_isFailing && !_hasReportedFailure)
        {
            // Not again until the lost lines were reported: a disk that is full now and then is no flood of messages.
            _hasReportedFailure = true;
            _reportFailure?.Invoke(errno);
        }
    }

    private void Fail(Errno errno)
    {
        if (_policy == OutputPolicy.Wait || errno == Errno.EPIPE)
        {
            _failure = errno;
            _queue.Clear();
            return;
        }

        // The disk may have room again at the next line.
        _isFailing = true;
        Drop(_queue.CountLines());
        _queue.Clear();
        _isTorn |= _isMidLine;
        _isMidLine = false;
    }

    private Errno TryWrite(ReadOnlySpan<byte> bytes, out int written)
    {
        written = 0;
        if (_isTorn)
        {
            Errno errno = DescriptorWriter.WriteSome(_descriptor, "\n"u8, out int end);
            if (end == 0)
            {
                return errno;
            }

            _isTorn = false;
        }

        return DescriptorWriter.WriteSome(_descriptor, bytes, out written);
    }
}
