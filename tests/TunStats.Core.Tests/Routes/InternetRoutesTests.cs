using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Routes;

/// <summary>Routes that cover the Internet do not count, however they are split.</summary>
public sealed class InternetRoutesTests
{
    /// <summary>What the WireGuard apps write for "exclude private IPs".</summary>
    private const string ExcludePrivate =
        "0.0.0.0/5 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/3 160.0.0.0/5 "
        + "168.0.0.0/6 172.0.0.0/12 172.32.0.0/11 172.64.0.0/10 172.128.0.0/9 173.0.0.0/8 174.0.0.0/7 176.0.0.0/4 "
        + "192.0.0.0/9 192.128.0.0/11 192.160.0.0/13 192.169.0.0/16 192.170.0.0/15 192.172.0.0/14 192.176.0.0/12 "
        + "192.192.0.0/10 193.0.0.0/8 194.0.0.0/7 196.0.0.0/6 200.0.0.0/5 208.0.0.0/4";

    [Theory]
    [InlineData("0.0.0.0/0 ::/0", "8.8.8.8 224.1.1.1 2606:4700::1")]
    [InlineData("0.0.0.0/1 128.0.0.0/1", "8.8.8.8 200.1.1.1 10.1.1.1")]
    [InlineData("64.0.0.0/2", "64.1.1.1 100.64.0.1")]
    [InlineData("0.0.0.0/2 64.0.0.0/2 128.0.0.0/2 192.0.0.0/2", "8.8.8.8 93.184.216.34 192.168.1.1 240.0.0.1")]
    [InlineData(ExcludePrivate, "8.8.8.8 1.1.1.1 93.184.216.34 172.15.0.1 192.0.2.1 192.169.1.1 222.1.1.1")]
    [InlineData("::/1 8000::/1", "2606:4700::1 fd00::1")]
    [InlineData("2000::/3", "2606:4700::1 2001:db8::1")]
    [InlineData("2000::/4", "2606:4700::1")]
    [InlineData("64:ff9b::/96", "64:ff9b::808:808")]
    public void PublicAddressStaysAnExitAddress(string prefixes, string addresses)
    {
        RouteSet routes = Set(prefixes);
        Assert.True(routes.IsEmpty, string.Join(", ", routes.Entries.Select(e => e.Key)));
        Assert.Equal(prefixes.Split(' ').Length, routes.Routes.Count);
        var classifier = new FlowClassifier(routes);
        foreach (IpAddr address in addresses.Split(' ').Select(IpAddr.Parse))
        {
            Assert.Equal(AddressClass.Outside, classifier.Classify(address).Class);
            Assert.False(classifier.IsKeptInAnonymousTraffic(address));
        }
    }

    [Theory]
    [InlineData("8.0.0.0/8")]
    [InlineData("8.8.8.0/24 2606:4700::/32")]
    [InlineData("2600::/12")]
    [InlineData("0.0.0.0/0 140.82.112.3/32")]
    [InlineData("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15 fc00::/7")]
    [InlineData("64:ff9b::808:0/112")]
    [InlineData("::ffff:0.0.0.0/97")]
    public void RouteOfANetworkCounts(string prefixes)
    {
        string[] wanted = [.. prefixes.Split(' ').Where(p => !p.EndsWith("/0", StringComparison.Ordinal)).Order()];
        Assert.Equal(wanted, Set(prefixes).Entries.Select(e => e.Key.ToString()).Order());
    }

    [Fact]
    public void PrivateNetworksCountBesideTheInternet()
    {
        RouteSet routes = Set($"{ExcludePrivate} 10.20.0.0/16 198.51.100.0/24 8.8.8.0/24 2606:4700::/32");
        Assert.Equal(
            ["10.20.0.0/16", "198.51.100.0/24", "2606:4700::/32"], routes.Entries.Select(e => e.Key.ToString()));
    }

    /// <summary>Half of the public IPv4 addresses, made of pieces that would each count alone.</summary>
    [Fact]
    public void HalfOfThePublicAddressesIsTheInternet()
    {
        string[] eighths = [.. Enumerable.Range(1, 223).Except([10, 127]).Select(i => $"{i}.0.0.0/8")];

        // 221 are left of 223, each with 2^24 addresses but for what is special in some.
        Assert.False(Set(eighths[..108]).IsEmpty);
        Assert.True(Set(eighths[..112]).IsEmpty);
        string[] nested = [.. eighths[..60].Select(p => p.Replace("/8", "/9", StringComparison.Ordinal))];
        RouteSet doubled = Set([.. eighths[..60], .. nested]);
        Assert.Equal(120, doubled.Entries.Count);
    }

    /// <summary>Whatever is left out of the Internet, what remains of it does not count.</summary>
    [Fact]
    public void ListThatLeavesAnythingOutIsTheInternet()
    {
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            bool is6 = random.Next(2) == 0;
            IpPrefix whole = IpPrefix.Parse(is6 ? "2000::/3" : "0.0.0.0/0");
            IpPrefix[] left =
            [
                .. Enumerable.Range(0, random.Next(1, 6)).Select(_ => is6
                    ? new IpPrefix(IpAddr.FromIPv6(0x2000_0000_0000_0000 | ((ulong)random.NextInt64() >> 3), 0),
                        random.Next(16, 65)).Masked()
                    : new IpPrefix(IpAddr.FromIPv4((uint)random.NextInt64()), random.Next(8, 31)).Masked()),
            ];
            RouteSet routes = Set([.. Cut(whole, left).Select(p => p.ToString())]);
            Assert.DoesNotContain(routes.Entries, entry => InternetRoutes.IsPublic(entry.Key));
        }

        static IEnumerable<IpPrefix> Cut(IpPrefix from, IpPrefix[] left)
        {
            if (left.Any(p => p.Contains(from)))
            {
                return [];
            }

            return left.Any(from.Contains)
                ? Halves(from).SelectMany(half => Cut(half, left))
                : [from];
        }

        static IpPrefix[] Halves(IpPrefix prefix)
        {
            BigInteger size = BigInteger.One << (prefix.Address.BitLength - prefix.Length - 1);
            var lower = new IpPrefix(prefix.Address, prefix.Length + 1);
            IpAddr upper = prefix.Address.Is4
                ? IpAddr.FromIPv4((uint)((uint)prefix.Address.Low + size))
                : IpAddr.FromIPv6(
                    prefix.Address.High | (ulong)(size >> 64), prefix.Address.Low | (ulong)(size & ulong.MaxValue));
            return [lower, new IpPrefix(upper, prefix.Length + 1)];
        }
    }

    [Fact]
    public void VerdictSaysWhyARouteDoesNotCount()
    {
        var classifier = new FlowClassifier(Set(ExcludePrivate));
        AddressVerdict verdict = classifier.Classify(IpAddr.Parse("8.8.8.8"));
        Assert.Equal("8.0.0.0/7", verdict.NotCounted!.Prefix.ToString());
        Assert.Equal(
            "in no route that counts: 8.0.0.0/7 (Route, test; not counted: too wide for one network)",
            verdict.Reason);
        Assert.Equal(
            "in no route that counts: 11.0.0.0/8 (Route, test; not counted: the tunnel's routes cover 100 % of all "
            + "public IPv4 addresses)",
            classifier.Classify(IpAddr.Parse("11.2.3.4")).Reason);
        Assert.Equal("in no route", classifier.Classify(IpAddr.Parse("10.2.3.4")).Reason);
    }

    /// <summary>A tunnel whose own network has public addresses, as some have that took a /8 for themselves.</summary>
    [Fact]
    public void TunnelsOwnNetworkIsNotTheInternet()
    {
        RouteSet routes = new(Set(ExcludePrivate + " 25.1.0.0/16").Routes
            .Select(route => route with { NotCountedBecause = null })
            .Append(new FlowRoute(IpPrefix.Parse("25.1.0.1/32"), FlowRouteKind.LocalAddress, "test")
            {
                NetworkValue = IpPrefix.Parse("25.0.0.1/8"),
            }));
        Assert.Equal(["25.1.0.0/16", "25.1.0.1/32"], routes.Entries.Select(e => e.Key.ToString()));
        var classifier = new FlowClassifier(routes);
        Assert.Equal(
            FlowClass.Virtual, classifier.Classify(IpAddr.Parse("25.1.0.1"), IpAddr.Parse("25.1.9.9")).Class);
        Assert.Equal(FlowClass.Exit, classifier.Classify(IpAddr.Parse("25.1.0.1"), IpAddr.Parse("8.8.8.8")).Class);
    }

    [Fact]
    public void RoutesOfAnotherDeviceKeepCounting()
    {
        RouteSet union = Set("0.0.0.0/1 128.0.0.0/1 9.9.0.0/16").Union(Set("8.8.8.0/24"));
        Assert.Equal(["8.8.8.0/24"], union.Entries.Select(e => e.Key.ToString()));
    }

    private static RouteSet Set(string prefixes) => Set(prefixes.Split(' '));

    private static RouteSet Set(string[] prefixes) =>
        new(RouteSet.From(prefixes.Select(IpPrefix.Parse), FlowRouteKind.Route, "test"));
}
