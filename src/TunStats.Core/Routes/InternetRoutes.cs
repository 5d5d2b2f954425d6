using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TunStats.Net;

namespace TunStats.Routes;

/// <summary>
/// Finds the routes of a tunnel that cover the whole Internet in any form: halves and quarters of a default route, and
/// the lists of public prefixes that "exclude private addresses" makes. They say nothing about the networks behind a
/// node, so addresses on the Internet stay exit addresses.
/// </summary>
internal static class InternetRoutes
{
    // No single organisation has more address space: a /8 of IPv4, or a /12 of IPv6, which a whole region has.
    private const int WidestNetworkIPv4 = 8;
    private const int WidestNetworkIPv6 = 12;

    private static readonly IpPrefix[] AllIPv4 = Parse("0.0.0.0/0");

    // IANA's registry of special-purpose addresses (RFC 6890), multicast and the reserved rest: disjoint.
    private static readonly IpPrefix[] SpecialIPv4 = Parse(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4");

    // 2000::/3 of IPv6 is for public addresses, but most of it is unassigned and all assigned ones are in 2000::/4. So
    // the measure is what IANA has assigned to the regional registries.
    private static readonly IpPrefix[] AssignedIPv6 = Parse(
        "2001::/16", "2003::/18", "2400::/12", "2410::/12", "2600::/12", "2610::/23", "2620::/23", "2630::/12",
        "2800::/12", "2a00::/12", "2a10::/12", "2c00::/12");

    // Of these, the first two lie within the assigned space.
    private static readonly IpPrefix[] SpecialIPv6 = Parse(
        "2001::/23", "2001:db8::/32", "::/8", "100::/64", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8");

    // With NAT64 (RFC 6052), the IPv4 Internet has a prefix in IPv6.
    private static readonly IpPrefix Nat64 = IpPrefix.Parse("64:ff9b::/96");

    private static readonly UInt128 PublicIPv4 = SumOfPublic(AllIPv4);
    private static readonly UInt128 PublicIPv6 = SumOfPublic(AssignedIPv6);

    /// <summary>Whether a prefix contains public addresses, or more than one private network.</summary>
    internal static bool IsPublic(IpPrefix prefix) =>
        !Array.Exists(prefix.Family == IpFamily.IPv4 ? SpecialIPv4 : SpecialIPv6, special => special.Contains(prefix))
        || (Nat64.Contains(prefix) && IsPublic(EmbeddedIPv4(prefix)));

    /// <summary>Marks the routes that cover the Internet with the reason why they do not count.</summary>
    /// <param name="routes">The routes of one tunnel, masked.</param>
    internal static FlowRoute[] Mark(IEnumerable<FlowRoute> routes)
    {
        FlowRoute[] all = [.. routes];
        if (!Array.Exists(all, route => IsCandidate(route) && !route.PrefixValue.IsSingleAddress))
        {
            return all;
        }

        // Peers may have public addresses: the tunnel's own network is not the Internet.
        PrefixTable<bool> own = PrefixTable<bool>.Of(
            Outermost(all.Where(route => route.Kind == FlowRouteKind.LocalAddress)
                .Select(route => (route.NetworkValue ?? route.PrefixValue).Masked())
                .Where(network => network.Length > 0 && !IsTooWide(network))),
            value: true);
        string? covered4 = CoverReason(all, IpFamily.IPv4, PublicIPv4);
        string? covered6 = CoverReason(all, IpFamily.IPv6, PublicIPv6);
        for (int i = 0; i < all.Length; i++)
        {
            FlowRoute route = all[i];
            IpPrefix prefix = route.PrefixValue;
            bool isOwn = own.TryFind(prefix.Address, out IpPrefix network, out _) && network.Length <= prefix.Length;
            if (!isOwn && IsCandidate(route))
            {
                string? reason = prefix.Length == 1 ? "half of a default route"
                    : IsTooWide(prefix) ? "too wide for one network"
                    : prefix.Family == IpFamily.IPv4 ? covered4
                    : covered6;
                all[i] = reason is null ? route : route with { NotCountedBecause = reason };
            }
        }

        return all;
    }

    private static bool IsCandidate(FlowRoute route) => route.Counts && IsPublic(route.PrefixValue);

    private static bool IsTooWide(IpPrefix prefix) => prefix.Family == IpFamily.IPv4
        ? prefix.Length < WidestNetworkIPv4
        : prefix.Length < WidestNetworkIPv6
            || (Nat64.Contains(prefix) && prefix.Length - Nat64.Length < WidestNetworkIPv4);

    private static IpPrefix EmbeddedIPv4(IpPrefix prefix) =>
        new(IpAddr.FromIPv4((uint)prefix.Address.Low), prefix.Length - Nat64.Length);

    /// <summary>Why public routes do not count; null if they cover less than half of the public addresses.</summary>
    private static string? CoverReason(FlowRoute[] routes, IpFamily family, UInt128 total)
    {
        UInt128 covered = SumOfPublic(Outermost(
            routes.Where(route => route.Counts && route.PrefixValue.Family == family)
                .Select(route => route.PrefixValue)));
        int percent = (int)(covered * 100 / total);
        return covered * 2 < total
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the tunnel's routes cover {percent} % of all public {family} addresses");
    }

    /// <summary>The prefixes that no other one contains: they cover the same addresses without overlap.</summary>
    private static IEnumerable<IpPrefix> Outermost(IEnumerable<IpPrefix> prefixes)
    {
        IpPrefix last = default;
        foreach (IpPrefix prefix in prefixes.Order())
        {
            if (!last.IsValid || !last.Contains(prefix))
            {
                last = prefix;
                yield return prefix;
            }
        }
    }

    private static UInt128 SumOfPublic(IEnumerable<IpPrefix> disjoint)
    {
        UInt128 sum = 0;
        foreach (IpPrefix prefix in disjoint)
        {
            bool is4 = prefix.Family == IpFamily.IPv4;
            sum += Common(prefix, is4 ? AllIPv4 : AssignedIPv6);
            sum -= Common(prefix, is4 ? SpecialIPv4 : SpecialIPv6.AsSpan(0, 2));
        }

        return sum;
    }

    /// <summary>The number of addresses that a prefix shares with others, which are disjoint.</summary>
    private static UInt128 Common(IpPrefix prefix, ReadOnlySpan<IpPrefix> others)
    {
        UInt128 sum = 0;
        foreach (IpPrefix other in others)
        {
            sum += prefix.Contains(other) ? Size(other) : other.Contains(prefix) ? Size(prefix) : 0;
        }

        return sum;
    }

    /// <summary>The number of addresses; not for ::/0, which never counts.</summary>
    private static UInt128 Size(IpPrefix prefix) => UInt128.One << (prefix.Address.BitLength - prefix.Length);

    private static IpPrefix[] Parse(params string[] texts) => [.. texts.Select(IpPrefix.Parse)];
}
