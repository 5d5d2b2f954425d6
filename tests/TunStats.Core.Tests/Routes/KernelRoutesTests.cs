using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Routes;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using TunStats.Tests.Polling;
using Xunit;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Tests.Routes;

/// <summary>A device's addresses and routes: as bytes, and as this kernel has them.</summary>
public sealed class KernelRoutesTests
{
    private const byte Ipv4 = 2;
    private const byte Ipv6 = 10;

    [Fact]
    public void RouteIsRead()
    {
        byte[] message = Route(
            new rtmsg { rtm_family = Ipv4, rtm_dst_len = 24, rtm_table = 252, rtm_type = RTN_UNICAST },
            NetlinkBytes.Attribute(RTA_TABLE, 520u),
            NetlinkBytes.Attribute(77, "unknown"),
            NetlinkBytes.Attribute(RTA_DST, [192, 168, 7, 9]),
            NetlinkBytes.Attribute(RTA_OIF, 5u));
        Assert.Equal("192.168.7.0/24 in 520 through 5: True, 6: False", Describe(message, 5, 6));
    }

    [Fact]
    public void WayAmongSeveralIsFound()
    {
        byte[] ways =
        [
            .. NetlinkBytes.Struct(new rtnexthop { rtnh_len = 16, rtnh_ifindex = 3 }),
            .. NetlinkBytes.Attribute(5, [10, 0, 0, 1]),
            .. NetlinkBytes.Struct(new rtnexthop { rtnh_len = 8, rtnh_ifindex = 4 }),
        ];
        byte[] message = Route(
            new rtmsg { rtm_family = Ipv6, rtm_dst_len = 7, rtm_table = 254, rtm_type = RTN_UNICAST },
            NetlinkBytes.Attribute(RTA_DST, [0xfd, .. new byte[15]]),
            NetlinkBytes.Attribute(RTA_MULTIPATH, ways));
        Assert.Equal("fc00::/7 in main through 3: True, 5: False", Describe(message, 3, 5));
        Assert.Equal("fc00::/7 in main through 4: True, 9: False", Describe(message, 4, 9));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public void RouteThatSendsNothingOnIsNone(byte type) => Assert.Null(Describe(
        Route(new rtmsg { rtm_family = Ipv4, rtm_type = type }, NetlinkBytes.Attribute(RTA_OIF, 5u)), 5, 6));

    [Fact]
    public void DefaultRouteHasNoDestination() => Assert.Equal(
        "::/0 in default through 5: True, 6: False",
        Describe(
            Route(
                new rtmsg { rtm_family = Ipv6, rtm_table = 253, rtm_type = RTN_UNICAST },
                NetlinkBytes.Attribute(RTA_OIF, 5u)),
            5,
            6));

    [Theory]
    [InlineData(33, 4)]
    [InlineData(24, 3)]
    [InlineData(24, 16)]
    public void RouteOfImpossibleLengthIsNone(byte length, int bytes) => Assert.Null(Describe(
        Route(
            new rtmsg { rtm_family = Ipv4, rtm_dst_len = length, rtm_type = RTN_UNICAST },
            NetlinkBytes.Attribute(RTA_DST, new byte[bytes])),
        5,
        6));

    [Fact]
    public void AnyBytesAreReadOrRefused()
    {
        var random = new Random(11);
        byte[] whole = Route(
            new rtmsg { rtm_family = Ipv4, rtm_dst_len = 24, rtm_table = 254, rtm_type = RTN_UNICAST },
            NetlinkBytes.Attribute(RTA_DST, [10, 0, 0, 0]),
            NetlinkBytes.Attribute(RTA_MULTIPATH, NetlinkBytes.Struct(new rtnexthop { rtnh_len = 8 })));
        int refused = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = [.. whole];
            for (int k = 0; k < 3; k++)
            {
                bytes[random.Next(16, bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                Describe(bytes, 1, 2);
            }
            catch (NetlinkException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 99_999);
    }

    [ToolFact("ip")]
    public void AddressesAndRoutesOfAllTablesAreRead()
    {
        using var space = new PrivateNamespace(ipv6: true);
        using KernelRoutes routes = Open(space);
        Assert.Equal(
            [
                ("10.8.0.1/32", FlowRouteKind.LocalAddress, "address of tun0"),
                ("100.64.0.1/32", FlowRouteKind.LocalAddress, "address of tun0"),
                ("fd00::1/128", FlowRouteKind.LocalAddress, "address of tun0"),
                ("0.0.0.0/0", FlowRouteKind.Route, "route of tun0, table 1000"),
                ("10.8.0.0/24", FlowRouteKind.Route, "route of tun0, table main"),
                ("192.168.7.0/24", FlowRouteKind.Route, "route of tun0, table 52"),
                ("fd00::/64", FlowRouteKind.Route, "route of tun0, table main"),
                ("fd7a:115c:a1e0::/48", FlowRouteKind.Route, "route of tun0, table 52"),
            ],
            routes.Current.Routes
                .Where(route => !route.Prefix.ToString().StartsWith("fe80", StringComparison.Ordinal))
                .OrderBy(route => route.Kind)
                .ThenBy(route => route.Prefix)
                .Select(route => (route.Prefix.ToString(), route.Kind, route.Origin)));
        Assert.Contains(IpPrefix.Parse("10.8.0.0/24"), routes.OwnSubnets);
        Assert.Contains(IpPrefix.Parse("fd00::/64"), routes.OwnSubnets);
    }

    [ToolFact("ip")]
    public void ChangesAreTakenInAndNothingElse()
    {
        using var space = new PrivateNamespace();
        using KernelRoutes routes = Open(space);
        routes.Refresh();
        RouteSet before = routes.Current;
        Assert.False(routes.Refresh());
        Assert.Same(before, routes.Current);

        Run(space, "route add 172.16.0.0/12 dev tun0 table 77");
        Assert.True(routes.Refresh());
        Assert.Contains(routes.Current.Routes, r => r.Prefix == IpPrefix.Parse("172.16.0.0/12"));
        Assert.DoesNotContain(before.Routes, r => r.Prefix == IpPrefix.Parse("172.16.0.0/12"));

        // Of another device: read again, and the same.
        Run(space, "route add 172.31.0.0/16 dev lo table 77");
        RouteSet same = routes.Current;
        Assert.False(routes.Refresh());
        Assert.Same(same, routes.Current);

        // A device that is made again has its name and another index.
        Run(space, "link delete tun0");
        Assert.True(routes.Refresh());
        Assert.True(routes.Current.IsEmpty);
        Run(space, "tuntap add tun0 mode tun", "address add 10.9.0.1/24 dev tun0", "link set tun0 up");
        Assert.True(routes.Refresh());
        Assert.True(routes.Current.TryFind(TunStats.Packets.IpAddr.Parse("10.9.0.77"), out _));
    }

    [LiveFact]
    public void DeviceThatIsNotThereIsAnError()
    {
        using var space = new PrivateNamespace();
        using NetworkNamespace there = space.Open();
        LinkException error = Assert.Throws<LinkException>(() => KernelRoutes.Open("tun9", there));
        Assert.Equal(LinkErrorKind.NotFound, error.Kind);
    }

    private static KernelRoutes Open(PrivateNamespace space)
    {
        Run(
            space,
            "link set lo up",
            "tuntap add tun0 mode tun",
            "address add 10.8.0.1/24 dev tun0",
            "address add 100.64.0.1/32 dev tun0",
            "link set tun0 up",
            "route add 192.168.7.0/24 dev tun0 table 52",
            "route add default dev tun0 table 1000",
            "route add 192.168.8.0/24 dev lo table 52");
        if (HasIpv6(space))
        {
            Run(
                space,
                "address add fd00::1/64 dev tun0 nodad",
                "route add fd7a:115c:a1e0::/48 dev tun0 table 52");
        }

        using NetworkNamespace there = space.Open();
        return KernelRoutes.Open("tun0", there);
    }

    private static bool HasIpv6(PrivateNamespace space) =>
        space.Run(() => File.ReadAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6").Trim()) == "0";

    // A child lives in the namespace of the thread that starts it.
    private static void Run(PrivateNamespace space, params string[] commands) => space.Run(() =>
    {
        foreach (string command in commands)
        {
            using Process process = Process.Start(
                new ProcessStartInfo("ip", command.Split(' ')) { RedirectStandardError = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"ip {command}: {said}");
        }
    });

    private static byte[] Route(rtmsg fixedPart, params byte[][] attributes) =>
        NetlinkBytes.Message(RTM_NEWROUTE, 0, 1, 1, [NetlinkBytes.Struct(fixedPart), .. attributes]);

    private static string? Describe(byte[] bytes, int index, int other)
    {
        var reader = new NetlinkMessageReader(bytes);
        return reader.TryRead(out NetlinkMessage message) && RouteMessage.TryParse(message, out RouteMessage route)
            ? $"{route.Prefix} in {RouteMessage.TableName(route.Table)} through {index}: {route.LeadsThrough(index)}, "
                + $"{other}: {route.LeadsThrough(other)}"
            : null;
    }
}
