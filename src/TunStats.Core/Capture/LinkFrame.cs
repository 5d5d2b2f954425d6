using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using TunStats.Flows;

namespace TunStats.Capture;

/// <summary>Finds the IP packet in a captured frame of a link type.</summary>
internal readonly ref struct LinkFrame
{
    /// <summary>The frame does not say which way it went.</summary>
    internal const sbyte NoDirection = -1;

    // Lengths up to this value encode an unreadable Ethernet type.
    private const int UnreadableBase = -2;

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

    /// <summary>The captured bytes from the IP header on.</summary>
    internal ReadOnlySpan<byte> Packet { get; }

    /// <summary>
    /// The IP packet's length on the wire; -1 for none, less if it cannot be read.
    /// </summary>
    internal int Length { get; }

    /// <summary>Whether the frame may hold an unreadable IP packet.</summary>
    internal bool IsUnreadable => Length <= UnreadableBase;

    /// <summary>The unreadable Ethernet type; 0 if the frame was truncated.</summary>
    internal int UnreadableType => UnreadableBase - Length;

    /// <summary>A <see cref="PacketDirection"/>, or <see cref="NoDirection"/>.</summary>
    internal sbyte Direction { get; }

    /// <summary>A frame without an IP packet.</summary>
    internal static LinkFrame NoPacket => new(default, -1, NoDirection);

    /// <summary>A frame with truncated headers.</summary>
    private static LinkFrame CutOff => Unreadable(0);

    /// <summary>Finds the packet.</summary>
    /// <param name="linkType">A supported LINKTYPE_*.</param>
    /// <param name="frame">The captured bytes.</param>
    /// <param name="length">The frame's length on the wire.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static LinkFrame Read(int linkType, ReadOnlySpan<byte> frame, int length) => linkType == LinkType.Raw
        ? new LinkFrame(frame, length, NoDirection)
        : ReadOther(linkType, frame, length);

    private static LinkFrame Unreadable(int type) => new(default, UnreadableBase - type, NoDirection);

    private static LinkFrame ReadOther(int linkType, ReadOnlySpan<byte> frame, int length) => linkType switch
    {
        LinkType.Ethernet => frame.Length < 14 ? CutOff : Typed(frame, length, Read16(frame, 12), 14, NoDirection),
        LinkType.LinuxSll => frame.Length < 16 ? CutOff
            : Typed(frame, length, Read16(frame, 14), 16, SllDirection(Read16(frame, 0))),
        LinkType.LinuxSll2 => frame.Length < 20 ? CutOff
            : Typed(frame, length, Read16(frame, 0), 20, SllDirection(frame[10])),
        LinkType.Null or LinkType.Loop => Loopback(frame, length),
        LinkType.User0 => Tailscale(frame, length),
        _ => new LinkFrame(frame, length, NoDirection),
    };

    /// <summary>
    /// Reads what an Ethernet type announces: an IP packet, or before it VLAN tags (802.1Q, 802.1ad), a PPPoE session
    /// or MPLS labels.
    /// </summary>
    private static LinkFrame Typed(ReadOnlySpan<byte> frame, int length, int type, int at, sbyte direction)
    {
        while (type is not (EthIPv4 or EthIPv6))
        {
            LinkTag tag = LinkTag.Read(frame[at..], type);
            if (tag.Length <= 0)
            {
                return tag.Length < 0 ? Unreadable(type) : NoPacket;
            }

            at += tag.Length;
            type = tag.Next;
        }

        return WithoutPadding(frame[at..], length - at, direction);
    }

    /// <summary>
    /// Short frames are padded on some links: the IP header has the packet's length. It is 0 if the card was to segment
    /// a large packet; then the frame's length counts.
    /// </summary>
    private static int UnpaddedLength(ReadOnlySpan<byte> packet, int length)
    {
        if (packet.Length < 6)
        {
            return length;
        }

        int own = (packet[0] >> 4) switch
        {
            4 => Read16(packet, 2),
            6 when Read16(packet, 4) is var payload and not 0 => payload + 40,
            _ => 0,
        };
        return own >= 20 && own < length ? own : length;
    }

    private static LinkFrame WithoutPadding(ReadOnlySpan<byte> packet, int length, sbyte direction) =>
        length < 0 ? CutOff : new LinkFrame(packet, UnpaddedLength(packet, length), direction);

    private static LinkFrame Loopback(ReadOnlySpan<byte> frame, int length)
    {
        if (frame.Length < 4)
        {
            return CutOff;
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
            return CutOff;
        }

        // The link type is for private use: what does not look like this header is somebody else's frame.
        ushort path = BinaryPrimitives.ReadUInt16LittleEndian(frame);
        int destinationNat = 3 + frame[2];
        if (path is > 3 and not 254 || !IsAddressLength(frame[2]) || destinationNat >= frame.Length
            || !IsAddressLength(frame[destinationNat]))
        {
            return CutOff;
        }

        int header = destinationNat + 1 + frame[destinationNat];
        sbyte direction = path switch
        {
            0 or 3 => Tx, // from this node, or made by tailscaled for a peer
            1 or 2 => Rx, // from a peer, or made by tailscaled for this node
            _ => sbyte.MinValue, // a disco frame, which is not an IP packet of the tunnel
        };
        return direction == sbyte.MinValue ? NoPacket
            : header > frame.Length ? CutOff
            : new LinkFrame(frame[header..], length - header, direction);
    }

    private static bool IsAddressLength(byte length) => length is 0 or 4 or 16;

    internal static int Read16(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);

    /// <summary>PACKET_* of linux/if_packet.h; a packet for another host has no direction.</summary>
    private static sbyte SllDirection(int type) => type switch
    {
        0 or 1 or 2 => Rx,
        4 => Tx,
        _ => NoDirection,
    };
}
