using System.Collections.Generic;
using System.Linq;
using TunStats.Net;

namespace TunStats.Classes;

/// <summary>Tailscale's address ranges.</summary>
internal static class TailscaleRanges
{
    /// <summary>The range of nodes' IPv4 addresses (carrier-grade NAT, RFC 6598).</summary>
    public static readonly IpPrefix IPv4 = IpPrefix.Parse("100.64.0.0/10");

    /// <summary>The part of <see cref="IPv4"/> used by ChromeOS for its virtual machines.</summary>
    public static readonly IpPrefix ChromeOS = IpPrefix.Parse("100.115.92.0/23");

    /// <summary>The range of nodes' IPv6 addresses.</summary>
    public static readonly IpPrefix IPv6 = IpPrefix.Parse("fd7a:115c:a1e0::/48");

    /// <summary>Tailscale's own service (DNS and more) on each node, IPv4.</summary>
    public static readonly IpAddr ServiceIPv4 = IpAddr.Parse("100.100.100.100");

    /// <summary>Tailscale's own service on each node, IPv6.</summary>
    public static readonly IpAddr ServiceIPv6 = IpAddr.Parse("fd7a:115c:a1e0::53");

    /// <summary>The physical endpoint of a relay (DERP); its port is the relay's region.</summary>
    public static readonly IpAddr DerpMagic = IpAddr.Parse("127.3.3.40");

    /// <summary>Whether it is a node's address. An IPv4-mapped one counts as its IPv4 address.</summary>
    public static bool IsTailscaleAddress(IpAddr address)
    {
        IpAddr unmapped = address.Unmap();
        return unmapped.Is4 ? IsTailscaleIPv4(unmapped) : IPv6.Contains(unmapped.WithoutZone());
    }

    /// <summary>Whether it is a node's IPv4 address; false for an IPv4-mapped one.</summary>
    public static bool IsTailscaleIPv4(IpAddr address) => IPv4.Contains(address) && !IsChromeOS(address);

    /// <summary>Whether it is in the range of ChromeOS.</summary>
    public static bool IsChromeOS(IpAddr address) => ChromeOS.Contains(address);

    /// <summary>Whether it is one of Tailscale's service addresses, whose traffic is not logged.</summary>
    public static bool IsService(IpAddr address) => address == ServiceIPv4 || address == ServiceIPv6;

    /// <summary>The prefixes without 0.0.0.0/0 and ::/0.</summary>
    public static IReadOnlyList<IpPrefix> WithoutAnyExitRoute(IReadOnlyList<IpPrefix> prefixes) =>
        [.. prefixes.Where(prefix => !prefix.IsExitRoute)];
}
