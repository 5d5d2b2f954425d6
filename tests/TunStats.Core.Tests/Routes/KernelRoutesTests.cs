using System;
using System.Linq;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using TunStats.Routes;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Tests.Routes;

public sealed class KernelRoutesTests : IDisposable
{
    private const int Tun = 7;
    private const int Other = 3;

    // rtnetlink.h, beside those that are read: what must not be taken for a route.
    private const byte RTN_BROADCAST = 3;
    private const byte RTN_ANYCAST = 4;
    private const byte RTN_MULTICAST = 5;
    private const byte RTN_UNREACHABLE = 7;

    private readonly FakeRouteKernel _kernel = new() { Links = { ["tun0"] = Tun, ["eth0"] = Other } };
    private readonly KernelRoutes _routes;

    public KernelRoutesTests() => _routes = new KernelRoutes(new NetlinkConnection(_kernel.Open()));

    public void Dispose() => _routes.Dispose();

    [Fact]
    public void AddressesAndRoutesOfAllTablesComeWithTheirOrigin()
    {
        Address("100.64.0.1/10");
        Address("fd7a:115c:a1e0::1/48");
        Address("192.168.1.2/24", Other);
        Route("10.20.0.0/16", Tun, table: 52);
        Route("10.20.0.0/16", Tun);
        Route("10.20.0.0/16", Tun, table: 1000);
        Route("100.64.0.0/10", Tun);
        Route("192.168.1.0/24", Other);
        Route("fd7a:115c:a1e0::/48", Tun, table: 52);
        Route("0.0.0.0/0", Tun, table: 52);

        DeviceRoutes read = _routes.Read("tun0");

        Assert.Equal(("tun0", Tun, true, DumpOutcome.Consistent),
            (read.Name, read.Index, read.IsPresent, read.Outcome));
        Assert.Equal(
            [
                "100.64.0.1/32 (LocalAddress, address of tun0)",
                "fd7a:115c:a1e0::1/128 (LocalAddress, address of tun0)",
                "0.0.0.0/0 (Route, route through tun0, table 52)",
                "10.20.0.0/16 (Route, route through tun0, table main)",
                "10.20.0.0/16 (Route, route through tun0, table 52)",
                "10.20.0.0/16 (Route, route through tun0, table 1000)",
                "100.64.0.0/10 (Route, route through tun0, table main)",
                "fd7a:115c:a1e0::/48 (Route, route through tun0, table 52)",
            ],
            Texts(read));
        Assert.Equal([null, null, 52L, 254, 52, 1000, 254, 52], read.Routes.Routes.Select(r => r.Table));
        Assert.Equal("100.64.0.0/10", read.Routes.Routes[0].Network);
        Assert.False(read.Routes.Routes[2].Counts);
        Assert.False(read.Routes.TryFind(IpAddr.Parse("8.8.8.8"), out _));
        Assert.True(read.Routes.TryFind(IpAddr.Parse("10.20.1.1"), out FlowRoute? route));
        Assert.Equal(254, route!.Table);
    }

    [Fact]
    public void OnlyTheDevicesOwnAreAskedFor()
    {
        _routes.Read("tun0");

        Assert.Equal(5, _kernel.Requests.Count);
        foreach (byte[] request in _kernel.Requests.Skip(1))
        {
            bool address = MemoryMarshal.Read<nlmsghdr>(request).nlmsg_type == RTM_GETADDR;
            Assert.Equal(Tun, MemoryMarshal.Read<int>(request.AsSpan(address ? 20 : 32)));
        }

        Assert.Equal([2, 2, 10, 10], _kernel.Requests.Skip(1).Select(r => (int)r[16]));
    }

    [Fact]
    public void WhatCarriesNothingIsLeftOut()
    {
        Address("10.8.0.1/24");
        Route("10.8.0.1/32", Tun, RT_TABLE_LOCAL, RTN_LOCAL);
        Route("10.8.0.255/32", Tun, RT_TABLE_LOCAL, RTN_BROADCAST);
        Route("fd00::/128", Tun, RT_TABLE_LOCAL, RTN_ANYCAST);
        Route("ff00::/8", Tun, RT_TABLE_LOCAL, RTN_MULTICAST);
        Route("ff00::/8", Tun, RT_TABLE_LOCAL);
        Route("10.99.0.0/16", Tun, type: RTN_UNREACHABLE);
        _kernel.Routes.Add(s => RouteBytes.Route("10.1.1.1/32", Tun, rtmFlags: RTM_F_CLONED, sequence: s));
        Route("10.50.0.0/24", Tun, RT_TABLE_LOCAL, RTN_LOCAL);

        Assert.Equal(
            [
                "10.8.0.1/32 (LocalAddress, address of tun0)",
                "10.50.0.0/24 (LocalAddress, local route through tun0, table local)",
            ],
            Texts(_routes.Read("tun0")));
        Assert.Equal(["10.8.0.1"], _routes.Read("tun0").Routes.LocalAddresses.Select(a => a.ToString()));
    }

    [Fact]
    public void OneRouteWithManyMetricsIsOneRoute()
    {
        Route("10.1.0.0/16", Tun);
        Route("10.1.0.0/16", Tun);
        Assert.Single(_routes.Read("tun0").Routes.Routes);
    }

    [Fact]
    public void PointToPointAddressNamesBothEnds()
    {
        _kernel.Addresses.Add(s => RouteBytes.Address(Tun, "10.8.0.6/32", "10.8.0.5", sequence: s));
        _kernel.Addresses.Add(s => RouteBytes.Address(Tun, "fd00::6/128", "fd00::5", sequence: s));

        DeviceRoutes read = _routes.Read("tun0");

        Assert.Equal(["10.8.0.6", "fd00::6"], read.Routes.LocalAddresses.Select(a => a.ToString()));
        Assert.Equal(["10.8.0.5/32", "fd00::5/128"], read.Routes.Routes.Select(r => r.Network));
    }

    [Fact]
    public void MultipathRouteCountsForEachOfItsDevices()
    {
        _kernel.Routes.Add(s => RouteBytes.Route(
            "10.1.0.0/16", null, sequence: s, more: RouteBytes.Multipath(Other, Tun)));
        _kernel.Routes.Add(s => RouteBytes.Route(
            "10.2.0.0/16", null, sequence: s, more: RouteBytes.Multipath(Other, 99)));

        Assert.Equal(["10.1.0.0/16"], Prefixes(_routes.Read("tun0")));
        Assert.Equal(["10.1.0.0/16", "10.2.0.0/16"], Prefixes(_routes.Read("eth0")));
    }

    [Fact]
    public void NexthopObjectsAreLookedUpWhereNothingElseNamesTheDevice()
    {
        foreach ((string prefix, uint id) in new[] { ("10.1.0.0/16", 1u), ("10.2.0.0/16", 2u), ("10.3.0.0/16", 30u) })
        {
            _kernel.Routes.Add(s => RouteBytes.Route(prefix, null, sequence: s, more: RouteBytes.NexthopId(id)));
        }

        _kernel.Nexthops.Add(s => RouteBytes.Nexthop(1, Tun, s));
        _kernel.Nexthops.Add(s => RouteBytes.Nexthop(2, Other, s));
        _kernel.Nexthops.Add(s => RouteBytes.Nexthop(30, 0, s, 1, 2));

        Assert.Equal(["10.1.0.0/16", "10.3.0.0/16"], Prefixes(_routes.Read("tun0")));
        Assert.Equal(["10.2.0.0/16", "10.3.0.0/16"], Prefixes(_routes.Read("eth0")));
    }

    [Fact]
    public void FilteredDumpIsBelievedAndNexthopsAreNotAskedFor()
    {
        _kernel.Routes.Add(s => RouteBytes.Route(
            "10.1.0.0/16", null, flags: NLM_F_DUMP_FILTERED, sequence: s, more: RouteBytes.NexthopId(5)));
        _kernel.Routes.Add(s => RouteBytes.Route(
            "10.2.0.0/16", Other, flags: NLM_F_DUMP_FILTERED, sequence: s, more: RouteBytes.NexthopId(6)));

        Assert.Equal(["10.1.0.0/16"], Prefixes(_routes.Read("tun0")));
        Assert.Equal(0, _kernel.Count(RTM_GETNEXTHOP));
    }

    [Fact]
    public void HalvesOfADefaultRouteAreListedAndDoNotCount()
    {
        Route("0.0.0.0/1", Tun);
        Route("128.0.0.0/1", Tun, table: 52);
        Route("2000::/3", Tun);
        Address("10.8.0.6/24");

        RouteSet set = _routes.Read("tun0").Routes;

        Assert.Equal(["10.8.0.6/32"], set.Entries.Select(e => e.Key.ToString()));
        Assert.Equal(4, set.Routes.Count);
        Assert.Equal(
            "0.0.0.0/1 (Route, route through tun0, table main; not counted: half of a default route)",
            set.Routes[1].ToString());
    }

    [Fact]
    public void LinkLocalIsListedAndDoesNotCount()
    {
        Address("fe80::1/64");
        Route("fe80::/64", Tun);

        RouteSet set = _routes.Read("tun0").Routes;

        Assert.Equal(["fe80::1/128", "fe80::/64"], set.Routes.Select(r => r.Prefix));
        Assert.All(set.Routes, route => Assert.Equal("link-local", route.NotCountedBecause));
        Assert.True(set.IsEmpty);
    }

    [Fact]
    public void InterruptedDumpIsRepeatedWithoutDoublingWhatWasRead()
    {
        Address("10.8.0.1/24");
        Route("10.8.0.0/24", Tun);
        _kernel.Interruptions = 2;
        DeviceRoutes read = _routes.Read("tun0");
        Assert.Equal((2, DumpOutcome.Consistent), (read.Routes.Routes.Count, read.Outcome));
        Assert.Equal(2 + 2, _kernel.Count(RTM_GETROUTE));

        _kernel.Interruptions = NetlinkConnection.DumpAttempts;
        read = _routes.Read("tun0");
        Assert.Equal((2, DumpOutcome.Interrupted), (read.Routes.Routes.Count, read.Outcome));
    }

    [Fact]
    public void DeviceThatIsNotThereIsNamedAlsoWhenItGoesMeanwhile()
    {
        TunStatsException error = Assert.Throws<TunStatsException>(() => _routes.Read("tun9"));
        Assert.Equal(ErrorKind.DeviceNotFound, error.Kind);
        _kernel.RoutesErrno = (int)Errno.ENODEV;
        error = Assert.Throws<TunStatsException>(() => _routes.Read("tun0"));
        Assert.Contains("'tun0'", error.Message, StringComparison.Ordinal);
        _kernel.RoutesErrno = (int)Errno.EPERM;
        Assert.Equal(Errno.EPERM, Assert.Throws<NetlinkException>(() => _routes.Read("tun0")).Errno);
    }

    [Fact]
    public void EveryTruncationIsUnderstoodOrRefused()
    {
        byte[][] whole = Samples();
        foreach (byte[] message in whole)
        {
            for (int length = 16; length < message.Length; length++)
            {
                byte[] cut = message[..length];
                uint claimed = (uint)length;
                MemoryMarshal.Write(cut, in claimed);
                Exception? error = Record.Exception(() => Parse(cut));
                Assert.True(
                    error is null or NetlinkException { Kind: ErrorKind.InvalidKernelReply }, $"{length}: {error}");
                Assert.True(length > 23 || error is NetlinkException, "A fixed part was cut and nobody said so.");
            }

            Assert.Null(Record.Exception(() => Parse(message)));
        }
    }

    [Fact]
    public void LengthsThatCannotBeAreRefused()
    {
        Refused(RouteBytes.Route("10.0.0.0/8", Tun), message => message[17] = 33, "33 bits; its family has 32");
        Refused(RouteBytes.Address(Tun, "fd00::1/64"), message => message[17] = 129, "129 bits; its family has 128");
        byte[] multipath = RouteBytes.Route("10.0.0.0/8", null, more: RouteBytes.Multipath(1, 2));
        Refused(multipath, message => message[^16] = 7, "claims 7 bytes where 16 are left");
        Refused(multipath, message => message[^16] = 17, "claims 17 bytes where 16 are left");
        Refused(
            RouteBytes.Route("10.0.0.0/8", Tun), message => message[16] = 10, "RTA_DST has 4 bytes; 16 are needed");

        static void Refused(byte[] good, Action<byte[]> change, string text)
        {
            byte[] bad = [.. good];
            change(bad);
            NetlinkException error = Assert.Throws<NetlinkException>(() => Parse(bad));
            Assert.Equal(ErrorKind.InvalidKernelReply, error.Kind);
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void MutatedMessagesGiveTypedErrorsAlone()
    {
        const int Inputs = 200_000;
        int seed = Environment.TickCount;
        var random = new Random(seed);
        byte[][] samples = Samples();
        int understood = 0, refused = 0;
        for (int i = 0; i < Inputs; i++)
        {
            byte[] input = [.. samples[i % samples.Length]];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                // The header stays: what is behind it is under test.
                input[random.Next(16, input.Length)] = random.Next(2) == 0
                    ? (byte)random.Next(256)
                    : (byte)(random.Next(2) * 255);
            }

            try
            {
                Parse(input);
                understood++;
            }
            catch (NetlinkException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {i}: {Convert.ToHexString(input)}: {e}");
            }
        }

        Assert.True(understood > Inputs / 100 && refused > Inputs / 100, $"{understood} understood, {refused} refused");
    }

    private static byte[][] Samples() =>
    [
        RouteBytes.Address(Tun, "10.8.0.1/24"),
        RouteBytes.Address(Tun, "fd00::6/128", "fd00::5"),
        RouteBytes.Route("10.20.0.0/16", Tun, table: 1000),
        RouteBytes.Route("fd00::/48", null, more: RouteBytes.Multipath(Other, Tun)),
        RouteBytes.Route("::/0", null, more: RouteBytes.NexthopId(9)),
        RouteBytes.Nexthop(30, 0, 0, 1, 2),
    ];

    private static void Parse(byte[] datagram)
    {
        var reader = new NetlinkMessageReader(datagram);
        Assert.True(reader.TryRead(out NetlinkMessage message));
        switch (message.Type)
        {
            case RTM_NEWADDR:
                if (KernelAddress.TryParse(message, out KernelAddress address))
                {
                    Assert.Equal(address.Address.Family, address.Network.Family);
                }

                break;
            case RTM_NEWROUTE:
                if (KernelRoute.TryParse(message, Tun, out KernelRoute route))
                {
                    Assert.Equal(route.Prefix.Masked(), route.Prefix);
                }

                break;
            default:
                Assert.InRange(KernelNexthop.Parse(message).Group.Length, 0, datagram.Length / 8);
                break;
        }
    }

    private static string[] Texts(DeviceRoutes read) => [.. read.Routes.Routes.Select(r => r.ToString())];

    private static string[] Prefixes(DeviceRoutes read) => [.. read.Routes.Routes.Select(r => r.Prefix)];

    private void Address(string text, int index = Tun) =>
        _kernel.Addresses.Add(s => RouteBytes.Address(index, text, sequence: s));

    private void Route(string text, int index, uint table = RT_TABLE_MAIN, byte type = RTN_UNICAST) =>
        _kernel.Routes.Add(s => RouteBytes.Route(text, index, table, type, sequence: s));
}
