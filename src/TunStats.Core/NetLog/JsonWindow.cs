using System;

namespace TunStats.NetLog;

/// <summary>
/// The buffered part of a text, with line and column. It grows only if a value does not fit.
/// </summary>
internal sealed class JsonWindow
{
    /// <summary>Readable but unused bytes after the end.</summary>
    public const int Slack = JsonEntryParser.Reach;

    /// <summary>The maximum length of a value in bytes.</summary>
    public const int MaxLength = Capacity - MaxCharacterLength;

    private const int Capacity = 1 << 20;
    private const int FirstLength = 64 * 1024;

    /// <summary>In UTF-8, in bytes.</summary>
    private const int MaxCharacterLength = 4;

    private byte[] _buffer = new byte[FirstLength + Slack];
    private long _offset;
    private long _lineOffset;
    private bool _lineHasText;

    /// <summary>Bytes before <see cref="At"/> were consumed, those from <see cref="End"/> on are not valid.</summary>
    public byte[] Buffer => _buffer;

    /// <summary>The next byte.</summary>
    public int At { get; private set; }

    /// <summary>The end of the valid bytes.</summary>
    public int End { get; private set; }

    /// <summary>Whether no more text follows.</summary>
    public bool IsFinal { get; set; }

    /// <summary>The line of the next byte, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The column of the next byte, from 1.</summary>
    public long Column => Offset - _lineOffset + 1;

    /// <summary>Bytes before the next one since the beginning of the text.</summary>
    public long Offset => _offset + At;

    public ReadOnlySpan<byte> Rest => _buffer.AsSpan(At, End - At);

    /// <summary>Whether the buffer exceeds the maximum length of a value.</summary>
    public bool IsFull => End - At > MaxLength;

    /// <summary>Room for more: four bytes at least unless it is full.</summary>
    public Span<byte> Room()
    {
        int length = End - At;
        int size = _buffer.Length - Slack;
        byte[] to = _buffer;
        if (length > size / 2 && size < Capacity)
        {
            to = new byte[Math.Min(size * 2, Capacity) + Slack];
        }

        if (At > 0 || to != _buffer)
        {
            Rest.CopyTo(to);
            _buffer = to;
            _offset += At;
            End = length;
            At = 0;
        }

        return _buffer.AsSpan(End, _buffer.Length - Slack - End);
    }

    /// <summary>Adds bytes written to the room.</summary>
    public void Commit(int count) => End += count;

    /// <summary>Advances by bytes without a line end.</summary>
    public void Advance(int count)
    {
        _lineHasText |= HasText(_buffer.AsSpan(At, count));
        At += count;
    }

    /// <summary>Advances by any bytes.</summary>
    public void AdvanceOverLines(int count)
    {
        ReadOnlySpan<byte> bytes = Rest[..count];
        int last = bytes.LastIndexOf((byte)'\n');
        if (last >= 0)
        {
            Line += bytes.Count((byte)'\n');
            _lineOffset = Offset + last + 1;
            _lineHasText = false;
        }

        _lineHasText |= HasText(bytes[(last + 1)..]);
        At += count;
    }

    /// <summary>Skips white space and returns the next byte; -1 at the end of the buffer.</summary>
    public int SkipWhitespace()
    {
        while (At < End)
        {
            byte c = _buffer[At];
            if (c is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return c;
            }

            At++;
            if (c == '\n')
            {
                Line++;
                _lineOffset = Offset;
                _lineHasText = false;
            }
        }

        return -1;
    }

    /// <summary>Skips a byte order mark, which has no column.</summary>
    public bool TrySkipByteOrderMark()
    {
        if (!Rest.StartsWith("\ufeff"u8))
        {
            return false;
        }

        At += 3;
        _lineOffset += 3;
        return true;
    }

    /// <summary>
    /// Advances to the start of the next line; false if it is not in the buffer, which is then skipped.
    /// </summary>
    public bool SkipLine()
    {
        int end = Rest.IndexOf((byte)'\n');
        AdvanceOverLines(end < 0 ? End - At : end + 1);
        return end >= 0;
    }

    /// <summary>Whether only blanks precede the next byte on its line.</summary>
    public bool IsFirstOfLine => !_lineHasText;

    private bool HasText(ReadOnlySpan<byte> bytes) => !_lineHasText && bytes.IndexOfAnyExcept(" \t\r"u8) >= 0;
}
