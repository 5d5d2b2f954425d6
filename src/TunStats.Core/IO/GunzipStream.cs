using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace TunStats.IO;

/// <summary>
/// Unpacks gzip data, one member after the other, and notices every end that is not one. The framework's own stream
/// takes data that ends within a member for whole. Everything that could be unpacked is returned before the error.
/// </summary>
internal sealed class GunzipStream : ForwardStream
{
    /// <summary>The first two bytes of every member.</summary>
    internal static ReadOnlySpan<byte> Magic => [0x1f, 0x8b];

    // Packed data of no length, whose zero is not to be taken for the trailer's first: that trailer is all zeros.
    private static ReadOnlySpan<byte> Nothing => [3, 0];

    private const string CutOff = "its gzip data is cut off";
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

    /// <summary>Unpacks a stream, which it owns from then on.</summary>
    /// <param name="source">The packed data from the first byte on.</param>
    internal GunzipStream(Stream source) => _input = new GzipInput(source);

    /// <summary>Reads unpacked bytes.</summary>
    /// <exception cref="InvalidDataException">
    /// The data is cut off or damaged here; the message is a clause about the file.
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
                throw new InvalidDataException("something other than gzip data follows its gzip data");
            }
        }

        int method = NextByte(), flags = NextByte();
        if (method != Deflate || (flags & ReservedFlags) != 0)
        {
            throw new InvalidDataException("its gzip data is packed in a way that is not known");
        }

        // Modification time, kind of compression, operating system.
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

    /// <summary>Checks what follows the packed data: checksum and length of what was unpacked.</summary>
    private void EndMember()
    {
        if (_input.IsExhausted)
        {
            throw new InvalidDataException(CutOff);
        }

        // The decompressor does not tell where it ended; the trailer, which is known by now, shows it.
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

    /// <summary>Passes over zeros, with which some media fill their last block.</summary>
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

    /// <summary>A text ends with a zero.</summary>
    private void SkipText(bool isThere)
    {
        while (isThere && NextByte() != 0)
        {
        }
    }
}
