using System;
using System.Globalization;

namespace TunStats.Net;

/// <summary>The names of protocols: those shown, those written and those read.</summary>
internal static class IpProtocolNames
{
    /// <summary>No name that is read has more characters.</summary>
    public const int LongestName = 9;

    public static string Display(byte number) => number switch
    {
        0 => "Unknown",
        1 => "ICMPv4",
        2 => "IGMP",
        6 => "TCP",
        17 => "UDP",
        33 => "DCCP",
        47 => "GRE",
        58 => "ICMPv6",
        99 => "TSMP",
        132 => "SCTP",
        255 => "Frag",
        _ => string.Create(CultureInfo.InvariantCulture, $"IPProto-{number}"),
    };

    public static string? Preferred(byte number) => number switch
    {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        8 => "egp",
        9 => "igp",
        17 => "udp",
        33 => "dccp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        132 => "sctp",
        _ => null,
    };

    public static bool TryParse(ReadOnlySpan<char> text, out byte number)
    {
        number = 0;
        if (text.IsEmpty || byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        Span<char> lower = stackalloc char[LongestName];
        if (text.Length > LongestName)
        {
            return false;
        }

        lower = lower[..text.ToLowerInvariant(lower)];
        number = lower switch
        {
            "icmp" or "icmpv4" => 1,
            "igmp" => 2,
            "ip-in-ip" or "ipv4" => 4,
            "tcp" => 6,
            "egp" => 8,
            "igp" => 9,
            "udp" => 17,
            "dccp" => 33,
            "gre" => 47,
            "esp" => 50,
            "ah" => 51,
            "icmpv6" or "ipv6-icmp" => 58,
            "tsmp" => 99,
            "sctp" => 132,
            _ => 0,
        };
        return number != 0;
    }
}
