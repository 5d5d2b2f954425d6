using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace TunStats.Packets;

/// <summary>Finds the IP packet in a captured frame of a link type.</summary>
internal readonly ref struct LinkFrame
{
    /// <summary>The frame does not tell which way it went.</summary>
    internal const sbyte NoDirection = -1;

    private const sbyte Tx = (sbyte)PacketDirection.Tx;
    private const sbyte Rx = (sbyte)PacketDirection.Rx;
    internal const ushort EthIPv4 = 0x0800;
    internal const ushort EthIPv6 = 0x86dd;
    internal const ushort EthTransparentBridging = 0x6558;

    private LinkFrame(ReadOnlySpan<byte> packet, int length, sbyte direction)
    {
        Packet = packet;
        Length = length;
        Direction = direction;
    }

    /// <summary>What was captured from the IP header on.</summary>
    internal ReadOnlySpan<byte> Packet { get; }

    /// <summary>The IP packet's length on the wire; -1 where the frame holds none.</summary>
    internal int Length { get; }

    /// <summary>A <see cref="PacketDirection"/>, or <see cref="NoDirection"/>.</summary>
    internal sbyte Direction { get; }

    /// <summary>A frame without an IP packet.</summary>
    internal static LinkFrame NoPacket => new(default, -1, NoDirection);

    /// <summary>Finds the packet.</summary>
    /// <param name="linkType">A supported LINKTYPE_*.</param>
    /// <param name="frame">What was captured.</param>
    /// <param name="length">The frame's length on the wire.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static LinkFrame Read(int linkType, ReadOnlySpan<byte> frame, int length) => linkType == LinkType.Raw
        ? new LinkFrame(frame, length, NoDirection)
        : ReadOther(linkType, frame, length);

    private static LinkFrame ReadOther(int linkType, ReadOnlySpan<byte> frame, int length) => linkType switch
    {
        LinkType.Ethernet => Tagged(frame, length, 12, NoDirection),
        LinkType.LinuxSll => frame.Length < 16 ? NoPacket
            : Tagged(frame, length, 14, SllDirection(BinaryPrimitives.ReadUInt16BigEndian(frame))),
        LinkType.LinuxSll2 => frame.Length < 20 ? NoPacket : Sll2(frame, length),
        LinkType.Null or LinkType.Loop => Loopback(frame, length),
        LinkType.User0 => Tailscale(frame, length),
        _ => new LinkFrame(frame, length, NoDirection),
    };

    /// <summary>
    /// An Ethernet type, VLAN tags (802.1Q, 802.1ad and its forerunners) before it, and what follows.
    /// </summary>
    private static LinkFrame Tagged(ReadOnlySpan<byte> frame, int length, int typeOffset, sbyte direction)
    {
        while (frame.Length >= typeOffset + 2)
        {
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[typeOffset..]);
            switch (type)
            {
                case 0x8100 or 0x88a8 or 0x9100 or 0x9200:
                    typeOffset += 4;
                    continue;
                case EthIPv4 or EthIPv6:
                    return WithoutPadding(frame[(typeOffset + 2)..], length - typeOffset - 2, direction);
                default:
                    return NoPacket;
            }
        }

        return NoPacket;
    }

    private static LinkFrame Sll2(ReadOnlySpan<byte> frame, int length)
    {
        sbyte direction = SllDirection(frame[10]);
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame);
        if (type is EthIPv4 or EthIPv6)
        {
            return WithoutPadding(frame[20..], length - 20, direction);
        }

        // A tag's own type is in the header, the tag and the next type follow it.
        return type is 0x8100 or 0x88a8 ? Tagged(frame, length, 22, direction) : NoPacket;
    }

    /// <summary>
    /// Short frames are padded on some links: the IP header tells the packet's length. It is 0 where the card was to
    /// cut a large packet up; then the frame's length stands.
    /// </summary>
    private static int UnpaddedLength(ReadOnlySpan<byte> packet, int length)
    {
        if (packet.Length < 6)
        {
            return length;
        }

        int own = (packet[0] >> 4) switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            6 when BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) is ushort payload and not 0 => payload + 40,
            _ => 0,
        };
        return own >= 20 && own < length ? own : length;
    }

    private static LinkFrame WithoutPadding(ReadOnlySpan<byte> packet, int length, sbyte direction) =>
        length < 0 ? NoPacket : new LinkFrame(packet, UnpaddedLength(packet, length), direction);

    private static LinkFrame Loopback(ReadOnlySpan<byte> frame, int length)
    {
        if (frame.Length < 4)
        {
            return NoPacket;
        }

        // The family is in the byte order of the host that captured (NULL) or the network's (LOOP); all known ones are
        // small.
        uint family = BinaryPrimitives.ReadUInt32BigEndian(frame);
        family = family > 0xffff ? BinaryPrimitives.ReverseEndianness(family) : family;
        return family is 2 or 10 or 24 or 28 or 30 ? new LinkFrame(frame[4..], length - 4, NoDirection) : NoPacket;
    }

    /// <summary>
    /// The header of <c>tailscale debug capture</c>: the path (16 bits, little-endian), then the addresses before
    /// source and destination NAT, each with its length (one byte) before it.
    /// </summary>
    private static LinkFrame Tailscale(ReadOnlySpan<byte> frame, int length)
    {
        if (frame.Length < 4)
        {
            return NoPacket;
        }

        int destinationNat = 3 + frame[2];
        if (destinationNat >= frame.Length)
        {
            return NoPacket;
        }

        int header = destinationNat + 1 + frame[destinationNat];
        sbyte direction = BinaryPrimitives.ReadUInt16LittleEndian(frame) switch
        {
            0 or 3 => Tx, // from this node, or made by tailscaled for a peer
            1 or 2 => Rx, // from a peer, or made by tailscaled for this node
            254 => sbyte.MinValue, // a disco frame, which is no IP packet of the tunnel
            _ => NoDirection,
        };
        return header > frame.Length || direction == sbyte.MinValue
            ? NoPacket
            : new LinkFrame(frame[header..], length - header, direction);
    }

    /// <summary>PACKET_* of linux/if_packet.h; what was for another host tells nothing.</summary>
    private static sbyte SllDirection(int type) => type switch
    {
        0 or 1 or 2 => Rx,
        4 => Tx,
        _ => NoDirection,
    };
}
