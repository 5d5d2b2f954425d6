using System;
using System.Globalization;

namespace TunStats.Net;

/// <summary>The names of protocols, for people, for files and for reading.</summary>
internal static class IpProtocolNames
{
    /// <summary>The maximum length of a name that is read.</summary>
    public const int MaxNameLength = 15;

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

        Span<char> lower = stackalloc char[MaxNameLength];
        if (text.Length > MaxNameLength)
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
            "icmpv6" or "ipv6-icmp" or "icmp6" => 58,
            "tsmp" => 99,
            "sctp" => 132,
            _ => Other(lower),
        };
        return number != 0;
    }

    // The keywords of IANA's list and the names of /etc/protocols that differ, for protocols in use.
    private static byte Other(ReadOnlySpan<char> lower) => lower switch
    {
        "ggp" => 3,
        "ipencap" => 4,
        "st" => 5,
        "cbt" => 7,
        "pup" => 12,
        "hmp" => 20,
        "xns-idp" => 22,
        "rdp" => 27,
        "iso-tp4" => 29,
        "xtp" => 36,
        "ddp" => 37,
        "idpr-cmtp" => 38,
        "ipv6" => 41,
        "ipv6-route" => 43,
        "ipv6-frag" => 44,
        "idrp" => 45,
        "rsvp" => 46,
        "dsr" => 48,
        "mobile" => 55,
        "skip" => 57,
        "ipv6-nonxt" => 59,
        "ipv6-opts" => 60,
        "vmtp" => 81,
        "eigrp" => 88,
        "ospf" or "ospfigp" => 89,
        "ax.25" => 93,
        "ipip" => 94,
        "etherip" => 97,
        "encap" => 98,
        "pim" => 103,
        "ipcomp" => 108,
        "vrrp" => 112,
        "pgm" => 113,
        "l2tp" => 115,
        "isis" => 124,
        "fc" => 133,
        "mobility-header" => 135,
        "udplite" => 136,
        "mpls-in-ip" => 137,
        "manet" => 138,
        "hip" => 139,
        "shim6" => 140,
        "wesp" => 141,
        "rohc" => 142,
        "ethernet" => 143,
        _ => 0,
    };
}
