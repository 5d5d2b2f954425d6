using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>
/// The pcapng format: sections of either byte order, interfaces and their statistics, and enhanced, simple and obsolete
/// packet blocks. Other blocks are skipped.
/// </summary>
internal sealed class PcapNgFormat(CaptureContext context, CaptureInput input) : CaptureFormat(context, input)
{
    internal const uint SectionHeaderBlock = 0x0a0d0d0a;

    private const uint InterfaceDescriptionBlock = 1;
    private const uint ObsoletePacketBlock = 2;
    private const uint SimplePacketBlock = 3;
    private const uint InterfaceStatisticsBlock = 5;
    private const uint EnhancedPacketBlock = 6;
    private const uint ByteOrderMagic = 0x1a2b3c4d;
    private const int BlockOverhead = 12;
    private const int MaxInterfaces = 65_536;

    private readonly List<CaptureInterface> _interfaces = [];
    private bool _swap;
    private bool _anySupported;
    private long _lastTime;

    /// <summary>Whether bytes are a section's header, in either byte order.</summary>
    internal static bool IsHeader(ReadOnlySpan<byte> bytes) => bytes.Length >= BlockOverhead
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == SectionHeaderBlock
        && (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == ByteOrderMagic
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]) == ByteOrderMagic);

    internal override int Read(Span<PacketRecord> records, ref int count, CancellationToken cancellationToken)
    {
        while (count < records.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Input.Ensure(BlockOverhead))
            {
                if (!Input.Window.IsEmpty)
                {
                    Truncated();
                }

                break;
            }

            uint type = ReadType();
            uint length = Number(Input.Window[4..]);
            bool isRead = type is SectionHeaderBlock or InterfaceDescriptionBlock or ObsoletePacketBlock
                or SimplePacketBlock or InterfaceStatisticsBlock or EnhancedPacketBlock;
            if (!isRead)
            {
                RefuseSecondFile();
            }

            if (length < BlockOverhead || length % 4 != 0)
            {
                Context.Damaged(Input.Offset, Text($"a block of type {type} claims a length of {length} bytes"));
            }

            if (isRead && length > CaptureInput.Size)
            {
                Context.Damaged(Input.Offset, Text(
                    $"a block of type {type} claims {length} bytes; the limit is {CaptureInput.Size}"));
            }

            bool isWhole = isRead ? Input.Ensure((int)length) : SkipBlock(length, cancellationToken);
            if (!isWhole)
            {
                Truncated();
                break;
            }

            if (!isRead)
            {
                continue;
            }

            ReadOnlySpan<byte> block = Input.Window[..(int)length];
            CheckTrailer(type, length, block[^4..]);
            count += ReadBlock(type, block[8..^4], ref records[count]) ? 1 : 0;
            Input.Advance((int)length);
        }

        return count;
    }

    /// <summary>The block's type; a section header sets the byte order of the section.</summary>
    private uint ReadType()
    {
        uint type = Number(Input.Window);
        if (type == SectionHeaderBlock)
        {
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(Input.Window[8..]);
            _swap = magic != ByteOrderMagic;
            if (_swap && BinaryPrimitives.ReverseEndianness(magic) != ByteOrderMagic)
            {
                Context.Damaged(Input.Offset, Text($"a section's byte-order magic is 0x{magic:x8}"));
            }
        }

        return type;
    }

    private bool SkipBlock(uint length, CancellationToken cancellationToken)
    {
        uint type = Number(Input.Window);
        if (!Input.Skip(length - 4, cancellationToken) || !Input.Ensure(4))
        {
            return false;
        }

        CheckTrailer(type, length, Input.Window);
        Input.Advance(4);
        return true;
    }

    private void CheckTrailer(uint type, uint length, ReadOnlySpan<byte> trailer)
    {
        uint again = Number(trailer);
        if (again != length)
        {
            Context.Damaged(Input.Offset, Text(
                $"a block of type {type} begins with the length {length} and ends with the length {again}"));
        }
    }

    private bool ReadBlock(uint type, ReadOnlySpan<byte> body, ref PacketRecord record)
    {
        switch (type)
        {
            case SectionHeaderBlock:
                _interfaces.Clear();
                _anySupported = false;
                Need(type, body, 16);
                ushort major = Number16(body[4..]);
                if (major != 1)
                {
                    Context.Damaged(Input.Offset, Text($"version {major} of the pcapng format is not supported"));
                }

                return false;
            case InterfaceDescriptionBlock:
                Need(type, body, 8);
                AddInterface(body);
                return false;
            case SimplePacketBlock:
                Need(type, body, 4);
                return ReadSimple(body, ref record);
            case InterfaceStatisticsBlock:
                Need(type, body, 12);
                ReadStatistics(Interface(type, Number(body)), body[12..]);
                return false;
            case EnhancedPacketBlock:
                Need(type, body, 20);
                return ReadPacket(type, Number(body), body, ref record);
            default:
                Need(type, body, 20);
                return ReadPacket(type, Number16(body), body, ref record);
        }
    }

    private bool ReadPacket(uint type, uint index, ReadOnlySpan<byte> body, ref PacketRecord record)
    {
        CaptureInterface from = Interface(type, index);
        ulong stamp = ((ulong)Number(body[4..]) << 32) | Number(body[8..]);
        uint captured = Number(body[12..]);
        if (captured > body.Length - 20)
        {
            Context.Damaged(Input.Offset, Text(
                $"a block of type {type} claims {captured} bytes of packet where {body.Length - 20} are left in it"));
        }

        _lastTime = from.ToUnixNanoseconds(stamp);
        int padded = (int)((captured + 3) & ~3u);
        sbyte direction = ReadPacketOptions(from, body[Math.Min(20 + padded, body.Length)..]);
        return Take(from, body.Slice(20, (int)captured), Number(body[16..]), direction, ref record);
    }

    private bool ReadSimple(ReadOnlySpan<byte> body, ref PacketRecord record)
    {
        CaptureInterface from = Interface(SimplePacketBlock, 0);
        uint length = Number(body);
        uint captured = Math.Min(length, from.SnapLength == 0 ? uint.MaxValue : from.SnapLength);
        int held = (int)Math.Min(captured, (uint)(body.Length - 4));

        // The block has no stamp: use that of the previous block.
        return Take(from, body.Slice(4, held), length, LinkFrame.NoDirection, ref record);
    }

    private bool Take(
        CaptureInterface from, ReadOnlySpan<byte> frame, uint length, sbyte direction, ref PacketRecord record)
    {
        if (!LinkType.IsSupported(from.LinkType))
        {
            Skip(from);
            return false;
        }

        return TryRead(from.LinkType, frame, length, direction, from.Local, _lastTime, ref record);
    }

    /// <summary>
    /// An unsupported link type is only an error if there is no other interface.
    /// </summary>
    private void Skip(CaptureInterface from)
    {
        Context.PacketsSkipped++;
        if (!_anySupported)
        {
            Context.Unsupported(Input.Offset, from.LinkType);
        }

        if (!from.WasWarnedOf)
        {
            from.WasWarnedOf = true;
            Context.Warn(
                CaptureWarningKind.UnsupportedLinkType,
                Input.Offset,
                $"packets of interface {_interfaces.IndexOf(from)} are left out: "
                + $"its link type {LinkType.Describe(from.LinkType)} cannot be read.");
        }
    }

    private CaptureInterface Interface(uint type, uint index)
    {
        if (index >= (uint)_interfaces.Count)
        {
            Context.Damaged(Input.Offset, Text(
                $"a block of type {type} is of interface {index}, where the section has {_interfaces.Count}"));
        }

        return _interfaces[(int)index];
    }

    private void AddInterface(ReadOnlySpan<byte> body)
    {
        if (_interfaces.Count == MaxInterfaces)
        {
            Context.Damaged(Input.Offset, Text($"a section describes more than {MaxInterfaces} interfaces"));
        }

        string name = "";
        byte resolution = 6;
        long offset = 0;
        List<IpAddr>? addresses = null;
        ReadOnlySpan<byte> options = body[8..];
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            switch (code)
            {
                case 2: // if_name
                    name = Encoding.UTF8.GetString(value).TrimEnd('\0');
                    break;
                case 4 when value.Length == 8: // if_IPv4addr: address, mask
                    (addresses ??= []).Add(new IpAddr(value[..4]));
                    break;
                case 5 when value.Length == 17: // if_IPv6addr: address, prefix length
                    (addresses ??= []).Add(new IpAddr(value[..16]));
                    break;
                case 9 when value.Length == 1: // if_tsresol
                    resolution = value[0];
                    break;
                case 14 when value.Length == 8: // if_tsoffset
                    offset = (long)Number64(value);
                    break;
            }
        }

        int linkType = Number16(body);
        _anySupported |= LinkType.IsSupported(linkType);
        _interfaces.Add(new CaptureInterface
        {
            LinkType = linkType,
            SnapLength = Number(body[4..]),
            Resolution = resolution,
            OffsetSeconds = offset,
            Local = Context.Local ?? LocalAddresses.Create(addresses) ?? Context.AddressesOf(name),
        });
    }

    /// <summary>
    /// The direction by bits 0 and 1 of epb_flags (and pack_flags): 1 is inbound, 2 is outbound. Adds epb_dropcount.
    /// </summary>
    private sbyte ReadPacketOptions(CaptureInterface from, ReadOnlySpan<byte> options)
    {
        sbyte direction = LinkFrame.NoDirection;
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            if (code == 2 && value.Length == 4)
            {
                direction = (Number(value) & 3) switch
                {
                    1 => (sbyte)PacketDirection.Rx,
                    2 => (sbyte)PacketDirection.Tx,
                    _ => LinkFrame.NoDirection,
                };
            }
            else if (code == 4 && value.Length == 8)
            {
                ulong before = from.Dropped;
                from.DroppedByPackets += Number64(value);
                Context.PacketsDropped += from.Dropped - before;
            }
        }

        return direction;
    }

    /// <summary>Statistics are of all packets so far: later ones replace earlier ones.</summary>
    private void ReadStatistics(CaptureInterface from, ReadOnlySpan<byte> options)
    {
        ulong before = from.Dropped, dropped = 0;
        while (NextOption(ref options, out ushort code, out ReadOnlySpan<byte> value))
        {
            // isb_ifdrop and isb_osdrop
            dropped += code is 5 or 7 && value.Length == 8 ? Number64(value) : 0;
        }

        from.DroppedByStatistics = Math.Max(from.DroppedByStatistics, dropped);
        Context.PacketsDropped += from.Dropped - before;
    }

    private bool NextOption(ref ReadOnlySpan<byte> options, out ushort code, out ReadOnlySpan<byte> value)
    {
        code = 0;
        value = default;
        if (options.Length < 4)
        {
            return false;
        }

        code = Number16(options);
        int length = Number16(options[2..]);
        if (code == 0)
        {
            return false;
        }

        if (length > options.Length - 4)
        {
            Context.Damaged(Input.Offset, Text(
                $"option {code} of a block claims {length} bytes where {options.Length - 4} are left"));
        }

        value = options.Slice(4, length);
        options = options[Math.Min(4 + ((length + 3) & ~3), options.Length)..];
        return true;
    }

    private void Need(uint type, ReadOnlySpan<byte> body, int bytes)
    {
        if (body.Length < bytes)
        {
            Context.Damaged(Input.Offset, Text(
                $"a block of type {type} holds {body.Length} bytes where at least {bytes} are needed"));
        }
    }

    private void Truncated()
    {
        Context.WarnTruncated(Input.Offset, "a block");
        Input.Advance(Input.Window.Length);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private uint Number(ReadOnlySpan<byte> at)
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(at);
        return _swap ? BinaryPrimitives.ReverseEndianness(number) : number;
    }

    private ushort Number16(ReadOnlySpan<byte> at)
    {
        ushort number = BinaryPrimitives.ReadUInt16LittleEndian(at);
        return _swap ? BinaryPrimitives.ReverseEndianness(number) : number;
    }

    private ulong Number64(ReadOnlySpan<byte> at)
    {
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(at);
        return _swap ? BinaryPrimitives.ReverseEndianness(number) : number;
    }
}
