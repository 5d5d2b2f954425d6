using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>
/// Reads the packets of a capture file: pcap or pcapng, gzip'd or not, from a file, a pipe or any stream. Allocates
/// nothing per packet. Not thread-safe.
/// </summary>
/// <remarks>
/// The direction of a packet comes from the capture if it has it; else from the given local addresses; else from those
/// of the interface named in the capture, if exactly one end of the packet is among them; else it is unknown, and the
/// packet is Tx from its source to its destination.
/// </remarks>
internal sealed class CaptureReader : IDisposable
{
    private const int ShownBytes = 16;

    private readonly Stream _source;
    private readonly CaptureInput _input;
    private readonly CaptureContext _context;
    private CaptureFormat? _format;
    private bool _isOpened;
    private long _bytesRead;
    private Exception? _pending;

    /// <summary>Reads from a stream and takes ownership of it.</summary>
    /// <param name="stream">The file's contents; need not be seekable.</param>
    /// <param name="fileName">Its name in errors and warnings.</param>
    /// <param name="options">The options.</param>
    public CaptureReader(Stream stream, string fileName, CaptureOptions? options = null)
    {
        _source = stream;
        _input = new CaptureInput(stream);
        _context = new CaptureContext(fileName, options ?? new CaptureOptions());
        FileName = fileName;
    }

    /// <summary>The file's name in errors and warnings.</summary>
    public string FileName { get; }

    /// <summary>The file's length in bytes; null for a pipe.</summary>
    public long? Length => _source.CanSeek ? _source.Length : null;

    /// <summary>The number of bytes of <see cref="Length"/> read so far.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>The number of IP packets read.</summary>
    public long PacketsRead => _context.PacketsRead;

    /// <summary>The number of frames without an IP packet (ARP and others) or of an unsupported link type.</summary>
    public long PacketsSkipped => _context.PacketsSkipped;

    /// <summary>Opens a file, a named pipe or standard input.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input.</param>
    /// <param name="options">The options.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="IOException">There is no such file, or it is a directory.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static CaptureReader Open(string path, CaptureOptions? options = null, TimeProvider? timeProvider = null) =>
        new(InputFile.Open(path, "a capture file", timeProvider), InputFile.NameOf(path), options);

    /// <summary>Reads the next packets.</summary>
    /// <param name="packets">Receives them in file order.</param>
    /// <param name="cancellationToken">Cancels the reading, also while it waits for a pipe.</param>
    /// <returns>The number of packets; 0 only at the end.</returns>
    /// <exception cref="CaptureFormatException">
    /// The file is not a capture file, or is damaged. Packets before the damage were returned by earlier calls.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int Read(Span<PacketRecord> packets, CancellationToken cancellationToken = default)
    {
        if (_pending is { } pending)
        {
            throw pending;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_source is DescriptorStream descriptor)
        {
            descriptor.CancellationToken = cancellationToken;
        }

        int count = 0;
        try
        {
            return ReadPackets(packets, ref count, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _bytesRead, _source.CanSeek ? _source.Position : _input.Offset);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Dispose();
        _source.Dispose();
    }

    /// <summary>Collects warnings in a list from now on; null to report them directly again.</summary>
    internal void KeepWarnings(List<CaptureWarning>? kept) => _context.Kept = kept;

    /// <summary>Reports a collected warning.</summary>
    internal void Warn(CaptureWarning warning) => _context.Warn(warning);

    private int ReadPackets(Span<PacketRecord> packets, ref int count, CancellationToken cancellationToken)
    {
        try
        {
            if (!_isOpened)
            {
                _format = Detect();
                _isOpened = true;
            }

            int read = _format?.Read(packets, ref count, cancellationToken) ?? 0;
            if (read == 0 && !packets.IsEmpty)
            {
                _context.WarnUncounted(_input.Offset);
            }

            return read;
        }
        catch (OperationCanceledException) when (count > 0)
        {
            // Packets read before are returned; the next call throws.
            return count;
        }
        catch (CaptureFormatException e)
        {
            _pending = e;
        }
        catch (InvalidDataException e)
        {
            _pending = new CaptureFormatException(
                ErrorKind.DamagedCapture, FileName, _input.Offset, e.Message, e);
        }

        _context.WarnUncounted(_input.Offset);
        return count > 0 ? count : throw _pending;
    }

    private CaptureFormat? Detect()
    {
        if (!_input.Ensure(2) && _input.Window.IsEmpty)
        {
            _context.Warn(CaptureWarningKind.Empty, 0, "the file is empty: it has no packets.");
            return null;
        }

        if (_input.Window.StartsWith(GunzipStream.Magic))
        {
            _input.Wrap(stream => new GunzipStream(stream));
        }

        _input.Ensure(ShownBytes);
        ReadOnlySpan<byte> first = _input.Window[..Math.Min(ShownBytes, _input.Window.Length)];
        if (first.Length >= 4)
        {
            CaptureFormat? pcap = PcapFormat.Open(_context, _input, out bool isPcap);
            if (isPcap)
            {
                return pcap;
            }

            if (first.StartsWith((ReadOnlySpan<byte>)[0x0a, 0x0d, 0x0d, 0x0a]))
            {
                return new PcapNgFormat(_context, _input);
            }
        }

        _context.NotACapture(first, first.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd])
            ? " (zstd: decompress it first)" : null);
        return null;
    }
}
