using System;
using System.Globalization;
using System.Text;

namespace TunStats.Net;

/// <summary>
/// The protocol number of an IP packet (IANA "Protocol Numbers"). 99 is Tailscale's TSMP; 255 is a fragment whose
/// protocol is unknown; 0 is unknown.
/// </summary>
public readonly record struct IpProtocol : IComparable<IpProtocol>
{
    /// <summary>ICMP for IPv4, 1.</summary>
    public static readonly IpProtocol Icmp = new(1);

    /// <summary>IGMP, 2.</summary>
    public static readonly IpProtocol Igmp = new(2);

    /// <summary>TCP, 6.</summary>
    public static readonly IpProtocol Tcp = new(6);

    /// <summary>UDP, 17.</summary>
    public static readonly IpProtocol Udp = new(17);

    /// <summary>DCCP, 33.</summary>
    public static readonly IpProtocol Dccp = new(33);

    /// <summary>GRE, 47.</summary>
    public static readonly IpProtocol Gre = new(47);

    /// <summary>ICMP for IPv6, 58.</summary>
    public static readonly IpProtocol IcmpV6 = new(58);

    /// <summary>Tailscale's message protocol, 99.</summary>
    public static readonly IpProtocol Tsmp = new(99);

    /// <summary>SCTP, 132.</summary>
    public static readonly IpProtocol Sctp = new(132);

    /// <summary>A fragment that is not the first, 255.</summary>
    public static readonly IpProtocol Fragment = new(255);

    /// <summary>A protocol of this number.</summary>
    public IpProtocol(byte number) => Number = number;

    /// <summary>The number, 0 to 255.</summary>
    public byte Number { get; }

    /// <summary>
    /// The name in lower case as in /etc/protocols (<c>tcp</c>, <c>ipv6-icmp</c>), else the number.
    /// </summary>
    public string Name => IpProtocolNames.Preferred(Number) ?? Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name for people: <c>TCP</c>, <c>ICMPv6</c>, <c>Unknown</c>, <c>IPProto-97</c>.</summary>
    public string DisplayName => IpProtocolNames.Display(Number);

    /// <summary>Reads a number (0 to 255) or a name in any case; empty is 0.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static IpProtocol Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out IpProtocol protocol)
            ? protocol
            : throw new FormatException(
                $"'{text}' is not a valid IP protocol; give a number from 0 to 255 or a name such as tcp, udp, icmp.");
    }

    /// <summary>Reads a number (0 to 255) or a name in any case; empty is 0. False if it is neither.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpProtocol protocol)
    {
        bool known = IpProtocolNames.TryParse(text, out byte number);
        protocol = new IpProtocol(number);
        return known;
    }

    /// <summary>As <see cref="TryParse(ReadOnlySpan{char}, out IpProtocol)"/>, for UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out IpProtocol protocol)
    {
        Span<char> chars = stackalloc char[IpProtocolNames.MaxNameLength + 1];
        if (utf8Text.Length >= chars.Length)
        {
            protocol = default;
            return false;
        }

        return TryParse(chars[..Encoding.UTF8.GetChars(utf8Text, chars)], out protocol);
    }

    /// <summary>The same as <see cref="DisplayName"/>.</summary>
    public override string ToString() => DisplayName;

    /// <inheritdoc/>
    public override int GetHashCode() => Number;

    /// <summary>By number.</summary>
    public int CompareTo(IpProtocol other) => Number.CompareTo(other.Number);

    /// <summary>A protocol of this number.</summary>
    public static implicit operator IpProtocol(byte number) => new(number);
}
