using System;
using System.Globalization;

namespace TunStats.Links;

/// <summary>Kinds of devices, and which of them are tunnels.</summary>
internal static class LinkKinds
{
    /// <summary>
    /// Whether a kind is a tunnel: TUN and TAP, WireGuard, OpenVPN's DCO, PPP and L2TP, the kernel's IP and IPsec
    /// tunnels, and tunnels of Ethernet or mobile networks over UDP.
    /// </summary>
    /// <param name="kind">A kind as <see cref="LinkInfo.Kind"/> reports it.</param>
    public static bool IsTunnel(string kind) => kind
        is "tun"
        or "wireguard" or "amneziawg"
        or "ovpn" or "ovpn-dco" or "ovpn-dco-v2"
        or "ipip" or "sit" or "gre" or "gretap" or "erspan" or "vti"
        or "ip6tnl" or "ip6gre" or "ip6gretap" or "ip6erspan" or "vti6"
        or "xfrm"
        or "ppp" or "l2tpeth"
        or "vxlan" or "geneve" or "gtp" or "bareudp";

    /// <summary>
    /// Whether a name belongs to a fallback device that a tunnel module creates in each namespace
    /// (FB_TUNNELS_ONLY_FOR_INIT_NET); it receives packets without a tunnel of their own and is mostly unused.
    /// </summary>
    /// <param name="name">A device's name.</param>
    internal static bool IsFallbackName(string name) => name
        is "tunl0" or "gre0" or "gretap0" or "erspan0" or "sit0" or "ip_vti0"
        or "ip6tnl0" or "ip6gre0" or "ip6_vti0";

    /// <summary>The text of IFLA_INFO_KIND; common kinds allocate no string.</summary>
    internal static string FromBytes(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("tun"u8) ? "tun"
        : kind.SequenceEqual("wireguard"u8) ? "wireguard"
        : kind.SequenceEqual("veth"u8) ? "veth"
        : kind.SequenceEqual("dummy"u8) ? "dummy"
        : kind.SequenceEqual("bridge"u8) ? "bridge"
        : kind.SequenceEqual("ovpn"u8) ? "ovpn"
        : System.Text.Encoding.UTF8.GetString(kind);

    /// <summary>
    /// A name for the hardware type (ARPHRD_* of linux/if_arp.h) of a device whose driver reports no kind.
    /// </summary>
    internal static string FromHardwareType(ushort type) => type switch
    {
        1 => "ether",
        32 => "infiniband",
        512 => "ppp",
        768 => "ipip",
        769 => "ip6tnl",
        772 => "loopback",
        776 => "sit",
        778 => "gre",
        801 or 802 or 803 => "wlan",
        823 => "ip6gre",
        0xfffe => "none",
        _ => string.Create(CultureInfo.InvariantCulture, $"arphrd-{type}"),
    };
}
