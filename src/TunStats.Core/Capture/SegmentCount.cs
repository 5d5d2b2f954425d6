using System;
using System.Buffers.Binary;
using TunStats.Net;
using static TunStats.Interop.PacketConstants;

namespace TunStats.Capture;

/// <summary>
/// The number of packets of a captured frame on the wire, and their bytes. The kernel carries up to 64 KiB of TCP or
/// UDP (BIG TCP: more) as one frame and segments it late on transmit (TSO, GSO), or merges packets early on receive
/// (GRO).
/// </summary>
/// <param name="Packets">Packets on the wire.</param>
/// <param name="Bytes">Their bytes, each with its own IP and transport header.</param>
internal readonly record struct SegmentCount(uint Packets, uint Bytes)
{
    private const int Ip6HeaderLength = 40;
    private const int Ip6FragmentHeaderLength = 8;
    private const int JumboHeaderLength = 8;
    private const int UdpHeaderLength = 8;

    // Used if TCP's length field was not captured: a header with time stamps, as Linux sends them.
    private const int UsualTcpHeaderLength = 32;

    /// <summary>Counts the packets of a frame.</summary>
    /// <param name="packet">The captured bytes from the IP header on.</param>
    /// <param name="length">The frame's length from the IP header on.</param>
    /// <param name="gsoType">VIRTIO_NET_HDR_GSO_*.</param>
    /// <param name="gsoSize">The payload of each packet except the last, which may be shorter.</param>
    /// <param name="transport">
    /// The offset of the transport header that repeats in each packet, from the IP header on: the inner one inside a
    /// tunnel; 0 if the kernel does not report it; then it is searched.
    /// </param>
    internal static SegmentCount Of(
        ReadOnlySpan<byte> packet, int length, byte gsoType, ushort gsoSize, int transport = 0)
    {
        int type = gsoType & ~VIRTIO_NET_HDR_GSO_ECN;
        bool isTcp = type is VIRTIO_NET_HDR_GSO_TCPV4 or VIRTIO_NET_HDR_GSO_TCPV6;
        var one = new SegmentCount(1, (uint)length);
        bool isUdp = type is VIRTIO_NET_HDR_GSO_UDP or VIRTIO_NET_HDR_GSO_UDP_L4;
        if (gsoSize == 0 || packet.IsEmpty || !(isTcp || isUdp))
        {
            return one;
        }

        int at = transport > 0 ? transport : TransportHeader.Find(packet, isTcp ? IpProtocol.Tcp : IpProtocol.Udp);
        if (at <= 0)
        {
            return one;
        }

        if (type == VIRTIO_NET_HDR_GSO_UDP)
        {
            return Fragments(packet, length, gsoSize, at);
        }

        int header = at + (isTcp ? TcpHeaderLength(packet, at) : UdpHeaderLength);
        long payload = length - header;
        if (payload <= gsoSize)
        {
            return one;
        }

        // A jumbo header exists only inside the kernel: packets on the wire have 16-bit lengths.
        header -= HasJumboHeader(packet) ? JumboHeaderLength : 0;
        long packets = (payload + gsoSize - 1) / gsoSize;
        return new SegmentCount((uint)packets, (uint)Math.Min(payload + (packets * header), uint.MaxValue));
    }

    /// <summary>
    /// UFO: one datagram in several IP fragments. The UDP header is part of the fragmented data, and IPv6 adds a
    /// fragment header to each.
    /// </summary>
    private static SegmentCount Fragments(ReadOnlySpan<byte> packet, int length, int size, int header)
    {
        // Fragments begin at multiples of 8 bytes.
        size &= ~7;
        long payload = length - header;
        if (size == 0 || payload <= size)
        {
            return new SegmentCount(1, (uint)length);
        }

        header += packet[0] >> 4 == 6 ? Ip6FragmentHeaderLength : 0;
        long packets = (payload + size - 1) / size;
        return new SegmentCount((uint)packets, (uint)Math.Min(payload + (packets * header), uint.MaxValue));
    }

    private static int TcpHeaderLength(ReadOnlySpan<byte> packet, int at) =>
        at + 12 < packet.Length ? Math.Max(packet[at + 12] >> 4, 5) * 4 : UsualTcpHeaderLength;

    /// <summary>A payload length of 0 and a hop-by-hop header of 8 bytes (RFC 2675).</summary>
    private static bool HasJumboHeader(ReadOnlySpan<byte> packet) =>
        packet.Length >= Ip6HeaderLength + JumboHeaderLength
        && packet[0] >> 4 == 6
        && BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) == 0
        && packet[6] == 0
        && packet[Ip6HeaderLength + 1] == 0;
}
