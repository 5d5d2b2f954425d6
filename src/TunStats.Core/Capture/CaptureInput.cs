using System;
using System.IO;
using System.Threading;
using TunStats.IO;

namespace TunStats.Capture;

/// <summary>A sliding window over a stream, with its position.</summary>
internal sealed class CaptureInput : IDisposable
{
    /// <summary>The maximum size of the window.</summary>
    internal const int Size = 512 * 1024;

    // Fits a core's cache, and large enough that the cost of system calls is small.
    private const int FirstSize = 64 * 1024;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(FirstSize);
    private Stream _stream;
    private int _start;
    private int _end;

    internal CaptureInput(Stream stream) => _stream = stream;

    /// <summary>The offset of the window in bytes.</summary>
    internal long Offset { get; private set; }

    internal ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Widens the window.</summary>
    /// <returns>False if the stream ends before.</returns>
    internal bool Ensure(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        byte[] room = count <= _buffer.Length ? _buffer : GC.AllocateUninitializedArray<byte>(Size);
        _buffer.AsSpan(_start, _end - _start).CopyTo(room);
        _buffer = room;
        _end -= _start;
        _start = 0;
        while (_end < count)
        {
            int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read <= 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    internal void Advance(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>Skips bytes.</summary>
    /// <returns>False if the stream ends before.</returns>
    internal bool Skip(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Ensure(1))
            {
                return false;
            }

            int step = (int)Math.Min(count, _end - _start);
            Advance(step);
            count -= step;
        }

        return true;
    }

    /// <summary>Reads the rest, from the window on, through another stream.</summary>
    internal void Wrap(Func<Stream, Stream> wrap)
    {
        _stream = wrap(new PrefixedStream(_buffer.AsSpan(_start, _end - _start).ToArray(), _stream));
        _start = 0;
        _end = 0;
    }

    public void Dispose() => _stream.Dispose();
}
