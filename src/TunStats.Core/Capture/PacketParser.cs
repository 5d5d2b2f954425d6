using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>
/// Reads protocol and ends of one IP packet as tailscaled's flow logger does: a truncated packet, one too short for its
/// header, or a suspicious fragment has protocol 0; of IPv6's extension headers only the fragment header is read. TCP
/// without a length (BIG TCP, and what a card is to segment), which only the sending host sees, keeps its protocol and
/// ports. A packet with a too short IPv4 header length has protocol 0.
/// </summary>
internal static class PacketParser
{
    /// <summary>
    /// The number of leading bytes that the parser needs: the longest IPv4 header and TCP's.
    /// </summary>
    public const int EnoughBytes = 80;

    private const int Ip4HeaderLength = 20;
    private const int Ip6HeaderLength = 40;
    private const int Ip6FragmentHeaderLength = 8;
    internal const int TcpFlagsOffset = 13;

    private const int Ip6JumboHeaderLength = 8;

    // The maximum of a 16-bit length: longer packets exist only inside the kernel (BIG TCP), with a length of 0.
    private const int MaxLength16 = 0xffff;

    // The beginning of a hop-by-hop header of 8 bytes with a jumbo payload option (RFC 2675), without the protocol.
    private const uint JumboOption = 0x00c204;

    // The flag in the 16 bits that also hold the fragment's offset.
    private const int MoreFragments = 0x2000;

    // Fragments that begin earlier could overwrite a transport header: (60 + 20) / 8 blocks of 8 bytes.
    private const int MinFragmentBlocks = 10;

    internal const byte Ip6HopByHop = 0;
    internal const byte Icmp = 1;
    internal const byte IcmpEcho = 8;
    internal const byte Igmp = 2;
    internal const byte Tcp = 6;
    internal const byte Udp = 17;
    internal const byte Ip6Fragment = 44;
    internal const byte Icmp6 = 58;
    internal const byte Icmp6Echo = 128;
    internal const byte Tsmp = 99;
    internal const byte Sctp = 132;
    internal const byte Fragment = 255;

    /// <summary>Reads a complete packet.</summary>
    /// <param name="packet">The packet, from its IP header on.</param>
    /// <returns>The key, in the packet's own direction.</returns>
    public static FlowKey Parse(ReadOnlySpan<byte> packet) => Parse(packet, packet.Length, out _);

    /// <summary>Reads a packet that may be truncated by the capture.</summary>
    /// <param name="captured">The captured bytes from the IP header on.</param>
    /// <param name="length">
    /// The packet's length on the wire, in bytes; captured bytes beyond it are ignored. If a capture is so short that
    /// it lacks the ports, they are 0; if it lacks the IP header, the key is the default one.
    /// </param>
    /// <param name="tcpFlags">The flags of TCP's header (byte 13); 0 for other protocols or where not captured.</param>
    /// <returns>The key, in the packet's own direction.</returns>
    public static FlowKey Parse(ReadOnlySpan<byte> captured, int length, out byte tcpFlags)
    {
        PacketRecord record = default;
        Read(captured, length, ref record);
        tcpFlags = record.TcpFlags;
        return record.Key;
    }

    /// <summary>Fills a record's key, in the packet's own direction, TCP's flags and the marks.</summary>
    /// <param name="captured">The captured bytes from the IP header on.</param>
    /// <param name="length">The packet's length on the wire, in bytes.</param>
    /// <param name="record">Receives them; its other fields are unchanged.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void Read(ReadOnlySpan<byte> captured, int length, ref PacketRecord record)
    {
        fixed (byte* packet = captured)
        fixed (PacketRecord* to = &record)
        {
            if (!PlainPacket.TryRead(packet, captured.Length, length, to))
            {
                ReadAny(captured, length, ref record);
            }
        }
    }

    /// <summary>The complete parser, for every packet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ReadAny(ReadOnlySpan<byte> captured, int length, ref PacketRecord record)
    {
        record.Key = default;
        record.TcpFlags = 0;
        record.Marks = 0;
        if (captured.Length > length)
        {
            captured = captured[..Math.Max(length, 0)];
        }

        if (captured.Length < Ip4HeaderLength)
        {
            return;
        }

        ref byte packet = ref MemoryMarshal.GetReference(captured);
        switch (packet >> 4)
        {
            case 4:
                record.Key = Parse4(ref packet, captured.Length, length, ref record);
                break;
            case 6 when captured.Length >= Ip6HeaderLength:
                record.Key = Parse6(ref packet, captured.Length, length, ref record);
                break;
        }
    }

    private static FlowKey Parse4(ref byte packet, int captured, int length, ref PacketRecord record)
    {
        int totalLength = Read16(ref packet, 2);
        if (length < totalLength)
        {
            return default;
        }

        int transport = (packet & 0x0f) << 2;
        int fragment = Read16(ref packet, 6) & 0x1fff;
        byte protocol = 0;
        uint ports = 0;
        bool hasHeader = transport >= Ip4HeaderLength
            && (transport <= totalLength || IsUnsegmented4(ref packet, totalLength));
        if (hasHeader)
        {
            protocol = fragment == 0
                ? Transport(ref packet, captured, length, transport, At(ref packet, 9), Icmp, Igmp, ref ports,
                    ref record)
                : fragment < MinFragmentBlocks ? (byte)0 : Fragment;
            if (protocol == Tsmp && (Read16(ref packet, 6) & MoreFragments) != 0)
            {
                protocol = 0;
            }
        }

        return new FlowKey(
            0, Read32(ref packet, 12), 0, Read32(ref packet, 16), FlowKey.Rest(ports, protocol, IpFamily.IPv4));
    }

    /// <summary>
    /// TCP with a total length of 0, which is not on the wire: the card still has to segment the packet (TSO), or 16
    /// bits cannot hold its length (BIG TCP). For other protocols a length of 0 is an error.
    /// </summary>
    private static bool IsUnsegmented4(ref byte packet, int totalLength) =>
        totalLength == 0 && At(ref packet, 9) == Tcp;

    private static FlowKey Parse6(ref byte packet, int captured, int length, ref PacketRecord record)
    {
        if (length < Read16(ref packet, 4) + Ip6HeaderLength)
        {
            return default;
        }

        int transport = Ip6HeaderLength;
        byte next = At(ref packet, 6);
        byte protocol = 0;
        uint ports = 0;
        bool readable = true;
        if (next == Ip6Fragment)
        {
            transport += Ip6FragmentHeaderLength;
            readable = captured >= transport;
            int fragment = readable ? Read16(ref packet, Ip6HeaderLength + 2) >> 3 : 0;
            next = readable ? At(ref packet, Ip6HeaderLength) : (byte)0;
            if (fragment != 0)
            {
                readable = false;
                protocol = fragment < MinFragmentBlocks ? (byte)0 : Fragment;
            }
        }
        else if (next == Ip6HopByHop && IsJumbo6(ref packet, captured, length))
        {
            transport += Ip6JumboHeaderLength;
            next = At(ref packet, Ip6HeaderLength);
        }

        if (readable)
        {
            protocol = Transport(ref packet, captured, length, transport, next, Icmp6, Icmp6, ref ports, ref record);
        }

        return new FlowKey(
            Read64(ref packet, 8),
            Read64(ref packet, 16),
            Read64(ref packet, 24),
            Read64(ref packet, 32),
            FlowKey.Rest(ports, protocol, IpFamily.IPv6));
    }

    /// <summary>A jumbo packet: payload length 0, and the real length in a hop-by-hop header.</summary>
    private static bool IsJumbo6(ref byte packet, int captured, int length) =>
        captured >= Ip6HeaderLength + Ip6JumboHeaderLength
        && Read16(ref packet, 4) == 0
        && (Read32(ref packet, Ip6HeaderLength) & 0xff_ffff) == JumboOption
        && Read32(ref packet, Ip6HeaderLength + 4) is > MaxLength16 and uint payload
        && length - Ip6HeaderLength >= payload;

    /// <summary>
    /// The protocol, or 0 where the packet is too short for the protocol's header; reads ports and flags.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Transport(
        ref byte packet,
        int captured,
        int length,
        int at,
        byte protocol,
        byte icmp,
        byte igmp,
        ref uint ports,
        ref PacketRecord record)
    {
        int left = length - at;
        switch (protocol)
        {
            case Tcp:
                if (left < 20)
                {
                    return 0;
                }

                if (captured - at > TcpFlagsOffset)
                {
                    record.TcpFlags = At(ref packet, at + TcpFlagsOffset);
                }

                break;
            case Udp:
                if (left < 8)
                {
                    return 0;
                }

                break;
            case Sctp:
                if (left < 12)
                {
                    return 0;
                }

                break;
            case Fragment:
                return 0;
            case Tsmp:
                return left < 7 ? (byte)0 : protocol;
            default:
                if ((protocol == icmp && left < 4) || (protocol == igmp && igmp == Igmp && left < 8))
                {
                    return 0;
                }

                bool isEcho = protocol == icmp && captured > at
                    && At(ref packet, at) == (icmp == Icmp ? IcmpEcho : Icmp6Echo);
                record.Marks = isEcho ? PacketRecord.EchoRequest : (byte)0;
                return protocol;
        }

        ports = captured - at >= 4 ? Read32(ref packet, at) : 0;
        return protocol;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte At(ref byte packet, int offset) => Unsafe.Add(ref packet, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ushort Read16(ref byte packet, int offset) =>
        Swap(Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref packet, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Read32(ref byte packet, int offset) =>
        Swap(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref packet, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Read64(ref byte packet, int offset) =>
        Swap(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref packet, offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort Swap(ushort value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Swap(uint value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Swap(ulong value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
