using System;
using System.Buffers.Binary;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>
/// Finds the header of a transport protocol, behind IPv6's extension headers and inside IP or GRE tunnels too.
/// </summary>
internal static class TransportHeader
{
    // Deeper nesting is not worth following.
    private const int MaxHeaders = 16;

    private const byte HopByHop = 0;
    private const byte InIPv4 = 4;
    private const byte InIPv6 = 41;
    private const byte Routing = 43;
    private const byte Fragment = 44;
    private const byte Gre = 47;
    private const byte Authentication = 51;
    private const byte DestinationOptions = 60;
    private const byte NotFound = 255;

    private const int EthernetHeaderLength = 14;

    /// <summary>The offset of the header from the IP header on; 0 if not found.</summary>
    internal static int Find(ReadOnlySpan<byte> packet, IpProtocol protocol)
    {
        if (packet.IsEmpty)
        {
            return 0;
        }

        int at = 0;
        byte next = (packet[0] >> 4) switch
        {
            4 => InIPv4,
            6 => InIPv6,
            _ => NotFound,
        };
        for (int i = 0; i < MaxHeaders && next != NotFound; i++)
        {
            if (next == protocol.Number)
            {
                return at;
            }

            next = at < packet.Length ? Step(packet[at..], next, ref at) : NotFound;
        }

        return 0;
    }

    /// <summary>Skips one header.</summary>
    /// <returns>The protocol of the next one.</returns>
    private static byte Step(ReadOnlySpan<byte> header, byte kind, ref int at)
    {
        switch (kind)
        {
            case InIPv4 when header.Length >= 20:
                at += (header[0] & 15) * 4;
                return header[9];
            case InIPv6 when header.Length >= 40:
                at += 40;
                return header[6];
            case HopByHop or Routing or DestinationOptions when header.Length >= 2:
                at += (header[1] + 1) * 8;
                return header[0];
            case Fragment:
                at += 8;
                return header[0];
            case Authentication when header.Length >= 2:
                at += (header[1] + 2) * 4;
                return header[0];
            case Gre when header.Length >= 4:
                return StepGre(header, ref at);
            default:
                return NotFound;
        }
    }

    /// <summary>Checksum, key and sequence number take 4 bytes each where their flag is set (RFC 2784, 2890).</summary>
    private static byte StepGre(ReadOnlySpan<byte> header, ref int at)
    {
        int length = 4 + ((header[0] >> 7) * 4) + ((header[0] >> 5 & 1) * 4) + ((header[0] >> 4 & 1) * 4);
        int type = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (type == LinkFrame.EthTransparentBridging && header.Length >= length + EthernetHeaderLength)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(header[(length + EthernetHeaderLength - 2)..]);
            length += EthernetHeaderLength;
        }

        at += length;
        return type switch
        {
            LinkFrame.EthIPv4 => InIPv4,
            LinkFrame.EthIPv6 => InIPv6,
            _ => NotFound,
        };
    }
}
