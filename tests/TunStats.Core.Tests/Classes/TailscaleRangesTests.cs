using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using TunStats.Classes;
using TunStats.Net;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Classes;

public sealed class TailscaleRangesTests
{
    private static readonly JsonElement File = VectorFile.Read("tailscale_ip.json");

    [Theory]
    [InlineData("isTailscaleIP")]
    [InlineData("boundaries")]
    public void NodeAddressesAreReported(string group)
    {
        foreach ((IpAddr address, bool want) in Group(group))
        {
            Assert.Equal(want, TailscaleRanges.IsTailscaleAddress(address));
            Assert.Equal(want, OverlayRanges.Tailscale.Contains(address));
            Assert.Equal(want, OverlayRanges.Tailscale.TryFind(address, out IpPrefix prefix));
            Assert.True(!want || prefix.Contains(address.Unmap()));
        }
    }

    [Fact]
    public void IPv4NodeAddressesAreReportedWithoutUnmapping() => Assert.All(
        Group("isTailscaleIPv4"), row => Assert.Equal(row.Want, TailscaleRanges.IsTailscaleIPv4(row.Address)));

    [Fact]
    public void TheRangeOfChromeOSIsReported() => Assert.All(
        Group("chromeOSRange"), row => Assert.Equal(row.Want, TailscaleRanges.IsChromeOS(row.Address)));

    [Fact]
    public void RangesAreThoseOfTheVectors()
    {
        JsonElement ranges = File.GetProperty("meta").GetProperty("ranges");
        Assert.Equal(ranges.GetProperty("cgnat").GetString(), TailscaleRanges.IPv4.ToString());
        Assert.Equal(ranges.GetProperty("chromeOSExcluded").GetString(), TailscaleRanges.ChromeOS.ToString());
        Assert.Equal(ranges.GetProperty("ula").GetString(), TailscaleRanges.IPv6.ToString());
        Assert.Equal(ranges.GetProperty("serviceIPv4").GetString(), TailscaleRanges.ServiceIPv4.ToString());
        Assert.Equal(ranges.GetProperty("serviceIPv6").GetString(), TailscaleRanges.ServiceIPv6.ToString());
        Assert.StartsWith(
            TailscaleRanges.DerpMagic + " ", ranges.GetProperty("derpMagicIP").GetString(), StringComparison.Ordinal);
        Assert.True(TailscaleRanges.IsService(TailscaleRanges.ServiceIPv6));
        Assert.False(TailscaleRanges.IsService(TailscaleRanges.DerpMagic));
    }

    [Fact]
    public void ExitRoutesAreReported()
    {
        foreach (JsonElement row in File.GetProperty("isExitRoute").EnumerateArray())
        {
            Assert.Equal(
                row.GetProperty("want").GetBoolean(),
                IpPrefix.Parse(row.GetProperty("prefix").GetString()!).IsExitRoute);
        }

        foreach (JsonElement row in File.GetProperty("withoutExitRoute_any").EnumerateArray())
        {
            Assert.Equal(Prefixes(row, "want"), TailscaleRanges.WithoutAnyExitRoute(Prefixes(row, "in")));
        }
    }

    private static List<IpPrefix> Prefixes(JsonElement row, string name) =>
        [.. row.GetProperty(name).EnumerateArray().Select(text => IpPrefix.Parse(text.GetString()!))];

    private static IEnumerable<(IpAddr Address, bool Want)> Group(string name) =>
        File.GetProperty(name).EnumerateArray().Select(
            row => (IpAddr.Parse(row.GetProperty("ip").GetString()!), row.GetProperty("want").GetBoolean()));
}
