using System;
using System.Linq;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Routes;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Routes;

public sealed class KernelRoutesWatchTests : IDisposable
{
    private const int Tun = 7;
    private const int Other = 3;

    private readonly FakeRouteKernel _kernel = new() { Links = { ["tun0"] = Tun, ["eth0"] = Other } };
    private readonly KernelRoutesWatch _watch;

    public KernelRoutesWatchTests()
    {
        _kernel.Routes.Add(s => RouteBytes.Route("10.1.0.0/16", Tun, sequence: s));
        _watch = new KernelRoutesWatch("tun0", _kernel.Open, new ManualTimeProvider());
    }

    public void Dispose() => _watch.Dispose();

    private int Readings => _kernel.Count(RTM_GETLINK);

    private string[] Prefixes => [.. _watch.Current.Routes.Routes.Select(r => r.Prefix)];

    [Fact]
    public void FirstUpdateReadsAndTheNextDoesNot()
    {
        Assert.Empty(_watch.Current.Routes.Routes);
        Assert.False(_watch.IsCurrent);
        Assert.True(_watch.Update());
        Assert.Equal(["10.1.0.0/16"], Prefixes);
        Assert.False(_watch.Update());
        Assert.Equal(1, Readings);
        Assert.True(_watch.IsCurrent);
        Assert.Equal(
            [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE,
                RTNLGRP_NEXTHOP],
            _kernel.Listeners.Single().Groups);
    }

    [Fact]
    public void EventOfTheDevicePublishesAnotherSetAndLeavesTheOldOneAsItWas()
    {
        _watch.Update();
        DeviceRoutes before = _watch.Current;
        _kernel.Routes.Add(s => RouteBytes.Route("10.2.0.0/16", Tun, table: 52, sequence: s));
        _kernel.Emit(RouteBytes.Route("10.2.0.0/16", Tun, table: 52));

        Assert.True(_watch.Update());
        Assert.Equal(["10.1.0.0/16", "10.2.0.0/16"], Prefixes);
        Assert.Single(before.Routes.Routes);
    }

    public static TheoryData<byte[], bool> Events() => new()
    {
        { RouteBytes.Route("10.9.0.0/16", Tun), true },
        { RouteBytes.Route("10.9.0.0/16", Tun, messageType: RTM_DELROUTE), true },
        { RouteBytes.Route("10.9.0.0/16", Other), false },
        { RouteBytes.Route("10.9.0.0/16", Other, messageType: RTM_DELROUTE), false },
        { RouteBytes.Route("10.9.0.0/16", Other, flags: NLM_F_REPLACE), true },
        { RouteBytes.Route("10.9.0.0/16", null, more: RouteBytes.Multipath(Other, Tun)), true },
        { RouteBytes.Route("10.9.0.0/16", null, more: RouteBytes.Multipath(Other)), false },
        { RouteBytes.Route("10.9.0.0/16", null, more: RouteBytes.NexthopId(1)), true },
        { RouteBytes.Route("10.9.0.1/32", Tun, rtmFlags: RTM_F_CLONED), false },
        { RouteBytes.Nexthop(1, Other), true },
        { RouteBytes.Address(Tun, "10.1.0.1/16"), true },
        { RouteBytes.Address(Tun, "fd00::1/64", type: RTM_DELADDR), true },
        { RouteBytes.Address(Other, "10.1.0.1/16"), false },
        { NetlinkBytes.Link(Tun, "tun0", "tun", 0, 0), true },
        { NetlinkBytes.Link(Tun, "renamed", "tun", 0, 0), true },
        { NetlinkBytes.Link(99, "tun0", "tun", 0, 0), true },
        { NetlinkBytes.Link(Tun, "tun0", "tun", 0, 0, RTM_DELLINK), true },
        { NetlinkBytes.Link(Other, "eth0", "veth", 0, 0), false },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void OnlyWhatMayConcernTheDeviceIsReadAfresh(byte[] message, bool concerns)
    {
        _watch.Update();
        _kernel.Emit(message);

        // What the kernel has is as before: so what was read is the same, and nothing is published.
        DeviceRoutes before = _watch.Current;
        Assert.False(_watch.Update());
        Assert.Same(before, _watch.Current);
        Assert.Equal(concerns ? 2 : 1, Readings);
    }

    [Fact]
    public void ManyEventsAreOneReading()
    {
        _watch.Update();
        for (int i = 0; i < 100; i++)
        {
            _kernel.Emit(RouteBytes.Route($"10.{i}.0.0/16", Tun));
        }

        _watch.Update();
        Assert.Equal(2, Readings);
    }

    [Fact]
    public void LostEventsAreMadeUpForByReading()
    {
        _watch.Update();
        _kernel.Routes.Clear();
        _kernel.LoseEvents();

        Assert.True(_watch.Update());
        Assert.Empty(Prefixes);
    }

    [Fact]
    public void DeviceThatGoesAndComesBackIsFollowedByName()
    {
        _watch.Update();
        _kernel.Links.Remove("tun0");
        _kernel.Emit(NetlinkBytes.Link(Tun, "tun0", "tun", 0, 0, RTM_DELLINK));
        Assert.True(_watch.Update());
        Assert.Equal((false, 0), (_watch.Current.IsPresent, _watch.Current.Index));
        Assert.True(_watch.Current.Routes.IsEmpty);

        _kernel.Links["tun0"] = 8;
        _kernel.Routes.Add(s => RouteBytes.Route("10.8.0.0/24", 8, sequence: s));
        _kernel.Emit(NetlinkBytes.Link(8, "tun0", "tun", 0, 0));
        Assert.True(_watch.Update());
        Assert.Equal(8, _watch.Current.Index);
        Assert.Equal(["10.8.0.0/24"], Prefixes);

        // Events about the new index count from then on, those about the old one no more.
        _kernel.Emit(RouteBytes.Route("10.9.0.0/16", Tun));
        _watch.Update();
        Assert.Equal(3, Readings);
        _kernel.Emit(RouteBytes.Route("10.9.0.0/16", 8));
        _watch.Update();
        Assert.Equal(4, Readings);
    }

    [Fact]
    public void ChangeDuringTheReadingIsFoundByItsEvent()
    {
        _kernel.BeforeRoutes = () =>
        {
            _kernel.BeforeRoutes = null;
            _kernel.Emit(RouteBytes.Route("10.2.0.0/16", Tun));
        };
        _watch.Update();
        _kernel.Routes.Add(s => RouteBytes.Route("10.2.0.0/16", Tun, sequence: s));
        Assert.True(_watch.Update());
        Assert.Equal(["10.1.0.0/16", "10.2.0.0/16"], Prefixes);
    }

    [Fact]
    public void InterruptedReadingIsUsedAndRepeatedNextTime()
    {
        _kernel.Interruptions = NetlinkConnection.DumpAttempts;
        Assert.True(_watch.Update());
        Assert.Equal((DumpOutcome.Interrupted, false), (_watch.Current.Outcome, _watch.IsCurrent));
        Assert.Equal(["10.1.0.0/16"], Prefixes);
        Assert.True(_watch.Update());
        Assert.Equal((DumpOutcome.Consistent, true), (_watch.Current.Outcome, _watch.IsCurrent));
    }

    [Fact]
    public void FailureIsReportedAndTheNextUpdateStartsAfresh()
    {
        _watch.Update();
        _kernel.Listeners.Single().QueueError(
            new NetlinkException(ErrorKind.NetlinkFailed, "bad", Errno.EBADF, kernelMessage: null));
        Assert.Throws<NetlinkException>(() => _watch.Update());
        Assert.Empty(_kernel.Listeners);
        Assert.Equal(["10.1.0.0/16"], Prefixes);

        _kernel.Routes.Clear();
        Assert.True(_watch.Update());
        Assert.Empty(Prefixes);
        Assert.Single(_kernel.Listeners);
    }

    [Fact]
    public void UpdateWithoutAnythingNewAllocatesNothing()
    {
        _watch.Update();
        Assert.Equal(0, Allocation.Least(() => _watch.Update()));
    }

    [Fact]
    public void NameThatCannotBeOneIsRefused() => Assert.Equal(
        ErrorKind.InvalidDeviceName,
        Assert.Throws<TunStatsException>(() => new KernelRoutesWatch("a/b", _kernel.Open)).Kind);
}
