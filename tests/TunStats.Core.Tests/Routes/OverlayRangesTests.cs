using System;
using System.Linq;
using TunStats.Packets;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Routes;

public sealed class OverlayRangesTests
{
    private static readonly RouteSet Device = new(
    [
        Local("10.8.0.1/32", "10.8.0.0/24"),
        Local("fd00:8::1/128", "fd00:8::/64"),
        Local("10.9.0.6/32", "10.9.0.5/32"),
        Local("10.10.0.1/32", null),
        Local("10.11.0.1/32", "0.0.0.0/0"),
        Local("fe80::1/128", "fe80::/64") with { NotCountedBecause = "link-local" },
        new FlowRoute(IpPrefix.Parse("192.168.7.0/24"), FlowRouteKind.Route, "route through wg0, table main"),
    ]);

    [Fact]
    public void OwnSubnetsAreThoseOfTheDevicesAddresses() => Assert.Equal(
        [
            "10.8.0.0/24", "fd00:8::/64", "10.9.0.5/32", "10.9.0.6/32", "10.10.0.1/32", "10.11.0.1/32",
        ],
        OverlayRanges.OwnSubnets(Device).Included.Select(p => p.ToString()));

    [Theory]
    [InlineData("10.8.0.77", true)]
    [InlineData("::ffff:10.8.0.77", true)]
    [InlineData("fd00:8::77", true)]
    [InlineData("10.9.0.5", true)]
    [InlineData("192.168.7.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("fe80::2", false)]
    [InlineData("8.8.8.8", false)]
    public void AnAddressBelongsWhereTheDevicesOwnNetworkHasIt(string address, bool belongs) =>
        Assert.Equal(belongs, OverlayRanges.OwnSubnets(Device).Contains(IpAddr.Parse(address)));

    [Fact]
    public void TextsNamePrefixesAndShorthandsInAnyMixture()
    {
        OverlayRanges both = OverlayRanges.Parse(["OWN", "172.16.1.1/16", "Tailscale", "172.16.0.0/16"], Device);
        Assert.True(both.Contains(IpAddr.Parse("10.8.0.2")));
        Assert.True(both.Contains(IpAddr.Parse("172.16.200.1")));
        Assert.True(both.Contains(IpAddr.Parse("100.64.0.1")));
        Assert.False(both.Contains(IpAddr.Parse("100.115.92.1")));
        Assert.Single(both.Included, p => p.ToString() == "172.16.0.0/16");
        Assert.Equal(OverlayRanges.Tailscale.Included, OverlayRanges.Parse([], Device).Included);
        Assert.Equal(["10.0.0.1/32"], OverlayRanges.Parse(["10.0.0.1"], Device).Included.Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("10.8.0.0/33")]
    [InlineData("mine")]
    [InlineData("")]
    public void TextThatNamesNothingIsToldWithWhatWould(string text)
    {
        FormatException error = Assert.Throws<FormatException>(() => OverlayRanges.Parse(["own", text], Device));
        Assert.StartsWith($"'{text}' is no overlay range: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("'own'", error.Message, StringComparison.Ordinal);
    }

    private static FlowRoute Local(string prefix, string? network) =>
        new(IpPrefix.Parse(prefix), FlowRouteKind.LocalAddress, "address of wg0")
        {
            Network = network is null ? null : IpPrefix.Parse(network),
        };
}
