using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace TunStats.IO;

/// <summary>
/// Decompresses gzip data, member by member, and detects truncation. The framework's stream takes data that end within
/// a member as complete. All decompressed data are returned before the error.
/// </summary>
internal sealed class GunzipStream : ForwardStream
{
    /// <summary>The first two bytes of every member.</summary>
    internal static ReadOnlySpan<byte> Magic => [0x1f, 0x8b];

    // Empty deflate data end with a zero byte, which must not be mistaken for the trailer's first: that trailer is all
    // zeros.
    private static ReadOnlySpan<byte> Nothing => [3, 0];

    private const string CutOff = "its gzip data is truncated";
    private const string Damaged = "its gzip data is damaged";

    private const int Deflate = 8;
    private const int HasHeaderChecksum = 2;
    private const int HasExtraField = 4;
    private const int HasName = 8;
    private const int HasComment = 16;
    private const int ReservedFlags = 0xe0;

    private readonly GzipInput _input;
    private DeflateStream? _member;
    private uint _checksum;
    private uint _length;
    private bool _isEnded;

    /// <summary>Decompresses a stream and takes ownership of it.</summary>
    /// <param name="source">The compressed data.</param>
    internal GunzipStream(Stream source) => _input = new GzipInput(source);

    /// <summary>Reads decompressed bytes.</summary>
    /// <exception cref="InvalidDataException">
    /// The data is truncated or damaged here; the message is a clause about the file.
    /// </exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_isEnded && !buffer.IsEmpty)
        {
            if (_member is null)
            {
                ReadHeader();
                continue;
            }

            int read = Unpack(buffer);
            if (read > 0)
            {
                _checksum = Crc32.Append(_checksum, buffer[..read]);
                _length += (uint)read;
                return read;
            }

            EndMember();
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        _member?.Dispose();
        _input.Dispose();
        base.Dispose(disposing);
    }

    private int Unpack(Span<byte> buffer)
    {
        try
        {
            return _member!.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(_input.IsExhausted ? CutOff : Damaged, e);
        }
    }

    private void ReadHeader()
    {
        for (int i = 0; i < Magic.Length; i++)
        {
            if (NextByte() != Magic[i])
            {
                throw new InvalidDataException("its gzip data is followed by other data");
            }
        }

        int method = NextByte(), flags = NextByte();
        if (method != Deflate || (flags & ReservedFlags) != 0)
        {
            throw new InvalidDataException("its gzip data has an unknown compression method");
        }

        // Modification time, extra flags, operating system.
        Skip(6);
        if ((flags & HasExtraField) != 0)
        {
            int low = NextByte();
            Skip(low | (NextByte() << 8));
        }

        SkipText((flags & HasName) != 0);
        SkipText((flags & HasComment) != 0);
        Skip((flags & HasHeaderChecksum) != 0 ? 2 : 0);
        _member = new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true);
        _checksum = 0;
        _length = 0;
    }

    /// <summary>Checks the trailer: checksum and length of the decompressed data.</summary>
    private void EndMember()
    {
        if (_input.IsExhausted)
        {
            throw new InvalidDataException(CutOff);
        }

        // The decompressor does not report where its data end; the trailer's known value locates the end.
        Span<byte> trailer = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
        if (!_input.SkipTo(trailer, _length == 0 && _input.IsPiece(Nothing) ? Nothing.Length : 1))
        {
            throw new InvalidDataException(_input.IsAtEnd ? $"{CutOff} or damaged" : Damaged);
        }

        _member!.Dispose();
        _member = null;
        _isEnded = SkipPadding();
    }

    /// <summary>Skips zeros: some media pad their last block with them.</summary>
    /// <returns>Whether nothing follows them.</returns>
    private bool SkipPadding()
    {
        int next = _input.PeekByte();
        while (next == 0)
        {
            _input.ReadByte();
            next = _input.PeekByte();
        }

        return next < 0;
    }

    private int NextByte()
    {
        int value = _input.ReadByte();
        return value >= 0 ? value : throw new InvalidDataException(CutOff);
    }

    private void Skip(int count)
    {
        for (int i = 0; i < count; i++)
        {
            NextByte();
        }
    }

    /// <summary>Skips a zero-terminated text.</summary>
    private void SkipText(bool isThere)
    {
        while (isThere && NextByte() != 0)
        {
        }
    }
}
