using System;
using System.Linq;
using System.Text;
using TunStats.Classes;
using TunStats.Net;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Routes;

public sealed class RouteFileTests
{
    [Fact]
    public void TextIsReadLineByLine()
    {
        RouteSet set = new(RouteFile.Parse(
            "\ufeff# the tunnel\nlocal 10.8.0.1\r\n10.8.0.0/24   # nodes\n\n subnet\t192.168.1.1/24\nroute ::/0"u8,
            "r.txt"));
        Assert.Equal(
            [
                "10.8.0.1/32 (LocalAddress, r.txt:2)", "10.8.0.0/24 (Route, r.txt:3)",
                "192.168.1.0/24 (SubnetRoute, r.txt:5)", "::/0 (Route, r.txt:6)",
            ],
            set.Routes.Select(route => route.ToString()));
        Assert.Equal("10.8.0.1", Assert.Single(set.LocalAddresses).ToString());
    }

    [Fact]
    public void JsonIsReadByItsMembers()
    {
        RouteSet set = new(RouteFile.Parse(
            """{"localAddrs":["10.8.0.1/32"],"routes":["10.8.0.2"],"subnetRoutes":["172.16.1.1/16"],"x":1}"""u8,
            "r.json"));
        Assert.Equal(
            [
                "10.8.0.1/32 (LocalAddress, r.json: localAddrs[0])", "10.8.0.2/32 (Route, r.json: routes[0])",
                "172.16.0.0/16 (SubnetRoute, r.json: subnetRoutes[0])",
            ],
            set.Routes.Select(route => route.ToString()));
        Assert.Equal("10.0.0.0/8", RouteFile.Parse(" [\"10.0.0.0/8\"]"u8, "r")[0].Prefix.ToString());
    }

    [Theory]
    [InlineData("10.0.0.0/8\n10.0.0.0/99", "r, line 2: '10.0.0.0/99' is not a valid prefix: ")]
    [InlineData("10.0.0.0/8 dev wg0", "r, line 1: '10.0.0.0/8 dev wg0' begins with neither")]
    [InlineData("{\"routes\":[\n\"1.2.3.4\",", "r, line 2: this is not valid JSON")]
    [InlineData("{\"routes\":[5]}", "r: routes[0] is not a string.")]
    [InlineData("{\"routes\":[\"1.2.3\"]}", "r: routes[0]: '1.2.3' is not a valid prefix: ")]
    [InlineData("{\"routes\":{}}", "r: 'routes' is not a list of prefixes.")]
    [InlineData("{\"Routes\":[]}", "r: the object has none of the members")]
    [InlineData("{\"a\":1,\"a\":2}", "r: ")]
    public void ErrorsSayWhereAndWhy(string text, string message) => Assert.StartsWith(
        message,
        Assert.Throws<RouteFormatException>(() => RouteFile.Parse(Encoding.UTF8.GetBytes(text), "r")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void ASetFindsTheLongestPrefixThatCountsAndSaysWhoContributedIt()
    {
        RouteSet parameters = new(RouteSet.From(
            [IpPrefix.Parse("10.8.0.9/24"), IpPrefix.Parse("0.0.0.0/0")], FlowRouteKind.Route, "parameter"));
        RouteSet kernel = new(RouteSet.From([IpPrefix.Parse("10.8.0.0/24")], FlowRouteKind.Route, "kernel"));
        RouteSet set = parameters.Union(kernel);

        Assert.Equal(3, set.Routes.Count);
        Assert.True(set.TryFind(IpAddr.Parse("10.8.0.77"), out FlowRoute? route));
        Assert.Equal("10.8.0.0/24 (Route, parameter)", route!.ToString());
        Assert.False(set.TryFind(IpAddr.Parse("9.9.9.9"), out _));
        Assert.True(RouteSet.Empty.IsEmpty && !set.IsEmpty);
        Assert.True(new RouteSet([parameters.Routes[1]]).IsEmpty);
    }

    [Fact]
    public void AnOverlayCanBeNamed()
    {
        OverlayRanges overlay = OverlayRanges.Of([IpPrefix.Parse("10.8.0.1/24")]);
        Assert.True(overlay.Contains(IpAddr.Parse("10.8.0.200")));
        Assert.True(overlay.Contains(IpAddr.Parse("::ffff:10.8.0.200")));
        Assert.False(overlay.Contains(IpAddr.Parse("100.64.0.1")));
    }
}
