using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>The pcap format of libpcap, versions 2.x, in either byte order, with micro- or nanoseconds.</summary>
internal sealed class PcapFormat : CaptureFormat
{
    internal const uint Microseconds = 0xa1b2c3d4;
    internal const uint Nanoseconds = 0xa1b23c4d;

    internal const int FileHeaderLength = 24;

    private const int RecordHeaderLength = 16;

    // MAXIMUM_SNAPLEN of libpcap: a longer record is only valid if the file header announces it.
    private const uint MaximumSnapLength = 262_144;

    private readonly bool _swap;
    private readonly int _fraction;
    private readonly int _linkType;
    private readonly uint _longest;
    private readonly bool _isRaw;

    private PcapFormat(CaptureContext context, CaptureInput input, uint magic, bool swap)
        : base(context, input)
    {
        ReadOnlySpan<byte> header = input.Window;
        _swap = swap;
        _fraction = magic == Nanoseconds ? 1 : 1000;
        ushort major = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
        major = swap ? BinaryPrimitives.ReverseEndianness(major) : major;
        if (major != 2)
        {
            context.Damaged(4, $"version {major} of the pcap format is not supported");
        }

        _longest = Math.Max(Number(header[16..]), MaximumSnapLength);

        // The upper bits announce a checksum after each frame, which the packet's length excludes.
        _linkType = (int)(Number(header[20..]) & 0xffff);
        if (!LinkType.IsSupported(_linkType))
        {
            context.Unsupported(20, _linkType);
        }

        _isRaw = LinkType.IsRaw(_linkType) && !swap && BitConverter.IsLittleEndian;
        input.Advance(FileHeaderLength);
    }

    /// <summary>Reads the file's header.</summary>
    /// <returns>Null if the input is not pcap, or ends within the header (which was warned of).</returns>
    internal static CaptureFormat? Open(CaptureContext context, CaptureInput input, out bool isPcap)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(input.Window);
        uint swapped = BinaryPrimitives.ReverseEndianness(magic);
        bool swap = swapped is Microseconds or Nanoseconds;
        isPcap = swap || magic is Microseconds or Nanoseconds;
        if (!isPcap)
        {
            return null;
        }

        if (!input.Ensure(FileHeaderLength))
        {
            context.WarnTruncated(0, "the file header");
            return null;
        }

        return new PcapFormat(context, input, swap ? swapped : magic, swap);
    }

    /// <summary>Whether bytes are a file's header, in either byte order.</summary>
    internal static bool IsHeader(ReadOnlySpan<byte> bytes) => bytes.Length >= FileHeaderLength
        && ((BinaryPrimitives.ReadUInt32LittleEndian(bytes) is Microseconds or Nanoseconds && bytes[4] == 2)
            || (BinaryPrimitives.ReadUInt32BigEndian(bytes) is Microseconds or Nanoseconds && bytes[5] == 2));

    internal override int Read(Span<PacketRecord> records, ref int count, CancellationToken cancellationToken)
    {
        while ((count = _isRaw ? ReadRaw(records, count) : ReadHeld(records, count)) < records.Length)
        {
            if (!Input.Ensure(RecordHeaderLength))
            {
                if (!Input.Window.IsEmpty)
                {
                    Context.WarnTruncated(Input.Offset, "a record header");
                    Input.Advance(Input.Window.Length);
                }

                break;
            }

            ReadOnlySpan<byte> header = Input.Window;
            uint captured = Number(header[8..]);
            if (captured == 0 || captured > _longest)
            {
                // The fields of a file header at this place: 0 in pcap, the byte-order magic in pcapng.
                RefuseSecondFile();
                header = Input.Window;
            }

            if (captured > _longest)
            {
                Context.Damaged(Input.Offset, string.Create(
                    CultureInfo.InvariantCulture,
                    $"a record claims {captured} bytes of packet where the limit is {_longest}"));
            }

            long offset = Input.Offset;
            int held = (int)Math.Min(captured, EnoughOfAFrame);
            if (Input.Window.Length < RecordHeaderLength + held)
            {
                if (!Input.Ensure(RecordHeaderLength + held))
                {
                    Context.WarnTruncated(offset, "a packet");
                    Input.Advance(Input.Window.Length);
                    break;
                }

                header = Input.Window;
            }

            long time = ((long)Number(header) * NanoTime.NanosPerSecond) + ((long)Number(header[4..]) * _fraction);
            uint length = Number(header[12..]);
            ref PacketRecord record = ref records[count];
            bool isPacket = TryRead(
                _linkType,
                header.Slice(RecordHeaderLength, held),
                length,
                LinkFrame.NoDirection,
                Context.Local,
                time,
                ref record);
            long whole = RecordHeaderLength + (long)captured;
            if (Input.Window.Length >= whole)
            {
                Input.Advance((int)whole);
            }
            else if (!Input.Skip(whole, cancellationToken))
            {
                Forget(isPacket);
                Context.WarnTruncated(offset, "a packet");
                break;
            }

            count += isPacket ? 1 : 0;
        }

        return count;
    }

    /// <summary>
    /// Reads the records that are completely in the window, as nearly all are. Fully optimized from the start: a file
    /// may be read before tiered compilation reacts.
    /// </summary>
    /// <returns>The number of records filled.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ReadHeld(Span<PacketRecord> records, int count)
    {
        ReadOnlySpan<byte> window = Input.Window;
        LocalAddresses? local = Context.Local;
        int linkType = _linkType;
        int at = 0, read = 0, skipped = 0;
        while (count < records.Length && window.Length - at >= RecordHeaderLength)
        {
            ReadOnlySpan<byte> record = window[at..];
            uint captured = Number(record[8..]);
            // Records without bytes, too, are read one by one: 0 - 1 is beyond any length.
            if (captured - 1 >= Math.Min(_longest, (uint)(record.Length - RecordHeaderLength)))
            {
                break;
            }

            long time = ((long)Number(record) * NanoTime.NanosPerSecond) + ((long)Number(record[4..]) * _fraction);
            bool isPacket = TryParse(
                linkType,
                record.Slice(RecordHeaderLength, (int)Math.Min(captured, EnoughOfAFrame)),
                Number(record[12..]),
                LinkFrame.NoDirection,
                local,
                time,
                ref records[count]);
            at += RecordHeaderLength + (int)captured;
            count += isPacket ? 1 : 0;
            read += isPacket ? 1 : 0;
            skipped += isPacket ? 0 : 1;
        }

        Context.PacketsRead += read;
        Context.PacketsSkipped += skipped;
        Input.Advance(at);
        return count;
    }

    /// <summary>The same in this machine's byte order, for packets without a link header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe int ReadRaw(Span<PacketRecord> records, int count)
    {
        ReadOnlySpan<byte> window = Input.Window;
        LocalAddresses? local = Context.Local;
        int before = count;
        uint longest = _longest;
        long fraction = _fraction;
        fixed (byte* first = window)
        fixed (PacketRecord* to = records)
        {
            byte* at = first, windowEnd = first + window.Length;
            PacketRecord* record = to + count, end = to + records.Length;
            for (; record < end && windowEnd - at >= RecordHeaderLength + PlainPacket.ReadableBytes; record++)
            {
                byte* packet = at + RecordHeaderLength;
                uint captured = Number(at + 8), length = Number(at + 12);
                if (captured - 1 >= longest || captured > windowEnd - packet)
                {
                    break;
                }

                if (!PlainPacket.TryReadHeld(packet, (int)captured, (int)length, record))
                {
                    length = Math.Min(length, int.MaxValue);
                    var held = new ReadOnlySpan<byte>(packet, (int)Math.Min(captured, EnoughOfAFrame));
                    PacketParser.ReadAny(held, (int)length, ref *record);
                }

                uint direction = 0, isKnown = 0;
                if (local is not null)
                {
                    direction = local.DirectionOf(record->Key, out isKnown);
                    FlowKey.SwapIf(0UL - direction, ref record->Key);
                }

                long time = (Number(at) * (long)NanoTime.NanosPerSecond) + (Number(at + 4) * fraction);
                record->Describe(direction, length, time);
                record->Marks |= (byte)(isKnown ^ PacketRecord.Undirected);
                at = packet + captured;
            }

            count = (int)(record - to);
            Context.PacketsRead += count - before;
            Input.Advance((int)(at - first));
            return count;
        }
    }

    /// <summary>A truncated packet does not count.</summary>
    private void Forget(bool isPacket)
    {
        Context.PacketsRead -= isPacket ? 1 : 0;
        Context.PacketsSkipped -= isPacket ? 0 : 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe uint Number(byte* at) => Unsafe.ReadUnaligned<uint>(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Number(ReadOnlySpan<byte> at)
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(at);
        return _swap ? BinaryPrimitives.ReverseEndianness(number) : number;
    }
}
