using System;
using System.IO;
using System.Threading;
using TunStats.IO;

namespace TunStats.Capture;

/// <summary>A window that slides over a stream of any kind, and knows where it is.</summary>
internal sealed class CaptureInput : IDisposable
{
    /// <summary>The most that can be looked at in one piece.</summary>
    internal const int Size = 512 * 1024;

    // Small enough to stay in a core's cache, large enough for the system calls not to matter.
    private const int FirstSize = 64 * 1024;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(FirstSize);
    private Stream _stream;
    private int _start;
    private int _end;

    internal CaptureInput(Stream stream) => _stream = stream;

    /// <summary>Where the window begins, in bytes from the beginning.</summary>
    internal long Offset { get; private set; }

    internal ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Widens the window.</summary>
    /// <returns>False where the stream ends before.</returns>
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

    /// <summary>Goes on without looking, however far.</summary>
    /// <returns>False where the stream ends before.</returns>
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

    /// <summary>Reads what follows, the window included, through another stream.</summary>
    internal void Wrap(Func<Stream, Stream> wrap)
    {
        _stream = wrap(new PrefixedStream(_buffer.AsSpan(_start, _end - _start).ToArray(), _stream));
        _start = 0;
        _end = 0;
    }

    public void Dispose() => _stream.Dispose();
}
