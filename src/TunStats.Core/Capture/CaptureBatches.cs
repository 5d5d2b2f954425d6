using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Flows;

namespace TunStats.Capture;

/// <summary>
/// The packets of a capture in batches. A large file is read ahead on a second thread, if there is a processor for it;
/// warnings and errors still reach the consuming thread, each with its batch. Batches are reused: reading allocates
/// nothing.
/// </summary>
internal sealed class CaptureBatches : IDisposable
{
    // Small, so that packets of a pipe are counted soon after they arrive.
    private const int BatchSizeHere = 256;

    // A batch takes 256 KiB: it fits the cache, and the cost of the hand-over is small.
    private const int BatchSizeAhead = 4096;
    private const int BatchesAhead = 4;

    // For smaller files a thread costs more than it saves.
    private const long MinLengthAhead = 4 << 20;

    private readonly CaptureReader _reader;
    private readonly CancellationToken _cancellationToken;
    private readonly Batch[] _batches;
    private readonly SemaphoreSlim _free = new(BatchesAhead);
    private readonly SemaphoreSlim _filled = new(0);
    private readonly CancellationTokenSource? _stop;
    private readonly Thread? _thread;
    private ExceptionDispatchInfo? _error;
    private int _filledCount;
    private int _takenCount;
    private bool _hasEnded;

    /// <summary>Starts reading ahead if enabled.</summary>
    /// <param name="reader">The capture, used only by this object until it is disposed.</param>
    /// <param name="isAhead">Whether to read ahead; null to decide by the capture and the processors.</param>
    /// <param name="cancellationToken">Ends the reading; what was read before is still returned.</param>
    internal CaptureBatches(CaptureReader reader, bool? isAhead, CancellationToken cancellationToken)
    {
        _reader = reader;
        _cancellationToken = cancellationToken;
        bool useThread = isAhead ?? (reader.Length >= MinLengthAhead && Environment.ProcessorCount > 1);
        _batches = new Batch[useThread ? BatchesAhead : 1];
        for (int i = 0; i < _batches.Length; i++)
        {
            _batches[i] = new Batch(useThread ? BatchSizeAhead : BatchSizeHere);
        }

        if (useThread)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _thread = new Thread(ReadAhead) { IsBackground = true, Name = "TunStats capture" };
            _thread.Start();
        }
    }

    /// <summary>The position in the file after the last batch, in bytes.</summary>
    internal long BytesRead { get; private set; }

    /// <summary>Takes the next packets; those of the previous call become invalid.</summary>
    /// <returns>The packets, in the file's order; empty only at the end.</returns>
    /// <exception cref="CaptureFormatException">As of <see cref="CaptureReader.Read"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal ArraySegment<PacketRecord> Next()
    {
        if (_thread is not null)
        {
            return Take();
        }

        Batch batch = _batches[0];
        batch.Count = _reader.Read(batch.Packets, _cancellationToken);
        BytesRead = _reader.BytesRead;
        return batch.Filled;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop?.Cancel();
        _thread?.Join();
        _stop?.Dispose();
        _free.Dispose();
        _filled.Dispose();
    }

    private ArraySegment<PacketRecord> Take()
    {
        if (_takenCount > 0 && !_hasEnded)
        {
            _free.Release();
        }

        // The thread reports its end like a batch, so this wait always ends.
        while (!_hasEnded)
        {
            _filled.Wait(CancellationToken.None);
            if (_takenCount == Volatile.Read(ref _filledCount))
            {
                _hasEnded = true;
                break;
            }

            Batch batch = _batches[_takenCount++ % BatchesAhead];
            BytesRead = batch.BytesRead;
            foreach (CaptureWarning warning in batch.Warnings)
            {
                _reader.Warn(warning);
            }

            if (batch.Count > 0)
            {
                return batch.Filled;
            }
        }

        _error?.Throw();
        return default;
    }

    private void ReadAhead()
    {
        try
        {
            int count;
            do
            {
                _free.Wait(_stop!.Token);
                Batch batch = _batches[_filledCount % BatchesAhead];
                try
                {
                    batch.Fill(_reader, _stop.Token);
                }
                finally
                {
                    // Also on failure: it may have warnings.
                    count = batch.Count;
                    Volatile.Write(ref _filledCount, _filledCount + 1);
                    _filled.Release();
                }
            }
            while (count > 0);
        }
        catch (Exception e)
        {
            // The last frame of the thread: rethrown by the consumer, after the batches read before.
            _error = ExceptionDispatchInfo.Capture(e);
        }

        _filled.Release();
    }

    private sealed class Batch(int size)
    {
        internal PacketRecord[] Packets { get; } = new PacketRecord[size];

        internal List<CaptureWarning> Warnings { get; } = [];

        internal int Count { get; set; }

        internal long BytesRead { get; private set; }

        internal ArraySegment<PacketRecord> Filled => new(Packets, 0, Count);

        internal void Fill(CaptureReader reader, CancellationToken cancellationToken)
        {
            Count = 0;
            Warnings.Clear();
            reader.KeepWarnings(Warnings);
            try
            {
                Count = reader.Read(Packets, cancellationToken);
            }
            finally
            {
                BytesRead = reader.BytesRead;
                reader.KeepWarnings(null);
            }
        }
    }
}
