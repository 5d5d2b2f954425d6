using System;
using System.IO;

namespace TunStats.IO;

/// <summary>
/// The compressed bytes of a gzip file, fed to a decompressor that reads ahead. The last chunk is kept so that the data
/// after the compressed part can be found.
/// </summary>
internal sealed class GzipInput(Stream source) : ForwardStream
{
    private const int Size = 64 * 1024;

    private readonly byte[] _buffer = new byte[Size];
    private int _piece;
    private int _next;
    private int _end;

    /// <summary>Whether a read reached the end of the source.</summary>
    internal bool IsExhausted { get; private set; }

    /// <summary>Whether no bytes are left.</summary>
    internal bool IsAtEnd { get; private set; }

    /// <summary>Reads one byte; -1 at the end.</summary>
    public override int ReadByte()
    {
        int value = PeekByte();
        _next += value < 0 ? 0 : 1;
        return value;
    }

    /// <summary>Peeks at the next byte; -1 at the end.</summary>
    internal int PeekByte()
    {
        _piece = _next;
        return Ensure(1) ? _buffer[_next] : -1;
    }

    /// <summary>Whether the last chunk begins with these bytes.</summary>
    internal bool IsPiece(ReadOnlySpan<byte> bytes) => _buffer.AsSpan(_piece, _next - _piece).StartsWith(bytes);

    public override int Read(Span<byte> buffer)
    {
        if (PeekByte() < 0)
        {
            IsExhausted = true;
            return 0;
        }

        int length = Math.Min(buffer.Length, _end - _next);
        _buffer.AsSpan(_next, length).CopyTo(buffer);
        _next += length;
        return length;
    }

    /// <summary>
    /// Searches for bytes from the start of the last chunk on, and continues behind them.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="least">The smallest offset in the chunk.</param>
    /// <returns>False if they are not there.</returns>
    internal bool SkipTo(ReadOnlySpan<byte> bytes, int least)
    {
        Ensure(bytes.Length);
        int end = Math.Min(_next + bytes.Length, _end);
        int start = Math.Min(_piece + least, end);
        int found = _buffer.AsSpan(start, end - start).IndexOf(bytes);
        if (found < 0)
        {
            return false;
        }

        _next = start + found + bytes.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        source.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Reads until this many bytes follow the last chunk.</summary>
    /// <returns>False if the source ends before.</returns>
    private bool Ensure(int count)
    {
        while (_end - _next < count)
        {
            if (_buffer.Length - _end < count)
            {
                _buffer.AsSpan(_piece, _end - _piece).CopyTo(_buffer);
                _next -= _piece;
                _end -= _piece;
                _piece = 0;
            }

            int read = source.Read(_buffer, _end, _buffer.Length - _end);
            if (read <= 0)
            {
                IsAtEnd = true;
                return false;
            }

            _end += read;
        }

        return true;
    }
}
