using System.Linq;
using TunStats.Classes;
using TunStats.Net;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Classes;

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

    /// <summary>A client with a single address has a route to its network, or to its peers one by one.</summary>
    [Theory]
    [InlineData("10.8.0.2/32", "10.8.0.0/24 192.168.7.0/24", "10.8.0.0/24 10.8.0.2/32")]
    [InlineData("10.8.0.2/32", "10.8.0.1/32 10.8.0.3/32 192.168.7.0/24", "10.8.0.1/32 10.8.0.2/32 10.8.0.3/32")]
    [InlineData("10.8.0.2/32", "10.0.0.0/8 10.8.0.3/32", "10.8.0.2/32")]
    [InlineData("10.8.0.2/32", "0.0.0.0/0", "10.8.0.2/32")]
    [InlineData("10.8.0.2/32", "0.0.0.0/1 128.0.0.0/1 9.9.9.9/32", "10.8.0.2/32")]
    [InlineData("fd00:8::2/128", "fd00:8::/64 10.8.0.1/32", "fd00:8::/64 fd00:8::2/128")]
    public void AddressThatComesAloneHasTheNetworkOfItsRoutes(string address, string prefixes, string own)
    {
        RouteSet routes = new(RouteSet.From(prefixes.Split(' ').Select(IpPrefix.Parse), FlowRouteKind.Route, "test")
            .Append(Local(address, address)));
        Assert.Equal(own.Split(' '), OverlayRanges.OwnSubnets(routes).Included.Order().Select(p => p.ToString()));
    }

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

    private static FlowRoute Local(string prefix, string? network) =>
        new(IpPrefix.Parse(prefix), FlowRouteKind.LocalAddress, "address of wg0")
        {
            NetworkValue = network is null ? null : IpPrefix.Parse(network),
        };
}
