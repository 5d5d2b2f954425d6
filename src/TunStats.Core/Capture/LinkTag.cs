using System;
using static TunStats.Capture.LinkFrame;

namespace TunStats.Capture;

/// <summary>A header between Ethernet and IP.</summary>
/// <param name="Length">
/// Its length in bytes; 0 if something other than IP follows, less if that is unknown.
/// </param>
/// <param name="Next">The Ethernet type of what follows.</param>
internal readonly record struct LinkTag(int Length, int Next)
{
    private const int MplsLabelLength = 4;
    private const int PppoeLength = 6;
    private const int EthMpls = 0x8847;
    private const int SnapLength = 8;

    private static ReadOnlySpan<byte> SnapStart => [0xaa, 0xaa, 0x03, 0, 0, 0];

    // The organisation of frames that a bridge translated (802.1H).
    private static ReadOnlySpan<byte> BridgedSnapStart => [0xaa, 0xaa, 0x03, 0, 0, 0xf8];

    private static ReadOnlySpan<byte> IPv4OfLlc => [0x06, 0x06, 0x03];

    private static LinkTag NoIp => new(0, 0);

    private static LinkTag Unknown => new(-1, 0);

    /// <summary>Reads the header.</summary>
    /// <param name="bytes">The captured bytes from it on.</param>
    /// <param name="type">The Ethernet type that announces it.</param>
    internal static LinkTag Read(ReadOnlySpan<byte> bytes, int type) => type switch
    {
        0x8100 or 0x88a8 or 0x9100 or 0x9200 => bytes.Length < 4 ? Unknown : new LinkTag(4, Read16(bytes, 2)),
        EthMpls or 0x8848 => Mpls(bytes),
        0x8864 => PppoeSession(bytes),
        < 0x0600 => Llc(bytes),

        // ARP, RARP, Wake-on-LAN, PPPoE discovery, slow protocols, EAPOL,
        // LLDP, precision time, connectivity fault management, loopback test.
        0x0806 or 0x8035 or 0x0842 or 0x8863 or 0x8809 or 0x888e or 0x88cc or 0x88f7 or 0x8902 or 0x9000
            => NoIp,
        _ => Unknown,
    };

    /// <summary>
    /// IEEE 802.3 has a length in place of the type. Behind it are LLC's three bytes; those of SNAP (RFC 1042) are
    /// followed by an organisation, 0 for Ethernet's own types, and the type. LLC has a number of its own for IPv4.
    /// </summary>
    private static LinkTag Llc(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= SnapLength && (bytes.StartsWith(SnapStart) || bytes.StartsWith(BridgedSnapStart))
            ? new LinkTag(SnapLength, Read16(bytes, SnapStart.Length))
            : bytes.StartsWith(IPv4OfLlc) ? new LinkTag(IPv4OfLlc.Length, EthIPv4)
            : NoIp;

    /// <summary>
    /// Labels down to the bottom of the stack. The IP version shows what follows (RFC 4928).
    /// </summary>
    private static LinkTag Mpls(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        bool isBottom = false;
        while (!isBottom)
        {
            length += MplsLabelLength;
            if (bytes.Length <= length)
            {
                return Unknown;
            }

            isBottom = (bytes[length - 2] & 1) != 0;
        }

        return (bytes[length] >> 4) switch
        {
            4 => new LinkTag(length, EthIPv4),
            6 => new LinkTag(length, EthIPv6),
            _ => Unknown,
        };
    }

    /// <summary>
    /// Six bytes, then PPP's protocol of two bytes, or of one odd byte if the ends negotiated that (RFC 2516, RFC
    /// 1661).
    /// </summary>
    private static LinkTag PppoeSession(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PppoeLength + 2 || bytes[0] != 0x11 || bytes[1] != 0)
        {
            return Unknown;
        }

        bool isShort = (bytes[PppoeLength] & 1) != 0;
        int protocol = isShort ? bytes[PppoeLength] : Read16(bytes, PppoeLength);
        int length = PppoeLength + (isShort ? 1 : 2);
        return protocol switch
        {
            0x0021 => new LinkTag(length, EthIPv4),
            0x0057 => new LinkTag(length, EthIPv6),
            0x0281 => new LinkTag(length, EthMpls),

            // From this value on they are control protocols.
            >= 0x8000 => NoIp,
            _ => Unknown,
        };
    }
}
