using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Links;

public sealed class LinkWatchTests : IDisposable, ILinkChangeObserver
{
    private readonly FakeKernel _kernel = new();
    private readonly List<LinkChange> _changes = [];
    private readonly LinkClient _client;
    private readonly LinkWatch _watch;

    public LinkWatchTests()
    {
        _kernel.Add("lo", "loopback", index: 1);
        _client = new LinkClient(new NetlinkConnection(_kernel.Open()), TimeProvider.System);
        _watch = new LinkWatch(_kernel.Open);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _client.Dispose();
    }

    void ILinkChangeObserver.OnLinkChange(in LinkChange change) => _changes.Add(change);

    [Fact]
    public void FirstUpdateReportsAllThatThereIs()
    {
        _kernel.Add("tun0");

        Assert.Equal(["Added lo", "Added tun0"], Update());
        Assert.Equal("tun", _changes[1].DeviceKind);
        Assert.Null(_changes[1].Counters);
        Assert.True(_watch.IsCurrent);
        Assert.Empty(Update());
        Assert.Equal(1, _kernel.Listings);
    }

    [Fact]
    public void DeviceMadeAgainHasAnotherIndexAndGeneration()
    {
        FakeLink first = _kernel.Add("tun0");
        Update();
        first.TxDropped = 42;
        _kernel.Remove("tun0");
        _kernel.Add("tun0");

        Assert.Equal(["Removed tun0", "Added tun0"], Update());
        Assert.Equal(42ul, _changes[0].Counters!.Value.TxDropped);
        Assert.Equal(0ul, _changes[1].Counters!.Value.TxDropped);
        Assert.NotEqual(_changes[0].Index, _changes[1].Index);
        Assert.NotEqual(_changes[0].Generation, _changes[1].Generation);
    }

    [Fact]
    public void DeviceMadeAgainWithTheSameIndexHasAnotherGeneration()
    {
        FakeLink first = _kernel.Add("tun0");
        Update();
        _kernel.Remove("tun0");
        _kernel.Add("tun0", index: first.Index);

        Assert.Equal(["Removed tun0", "Added tun0"], Update());
        Assert.Equal(_changes[0].Index, _changes[1].Index);
        Assert.NotEqual(_changes[0].Generation, _changes[1].Generation);
    }

    [Fact]
    public void RenamedDeviceKeepsItsGeneration()
    {
        _kernel.Add("tun0");
        Update();
        long generation = _changes[1].Generation;
        _kernel.Rename("tun0", "vpn0");

        Assert.Equal(["Renamed vpn0"], Update());
        Assert.Equal("tun0", _changes[0].PreviousName);
        Assert.Equal(generation, _changes[0].Generation);
        Assert.Equal("tun0 (index 2) was renamed to vpn0.", _changes[0].ToString());
    }

    [Fact]
    public void DeviceThatGoesToAnotherNamespaceIsMoved()
    {
        _kernel.Add("tun0");
        Update();
        _kernel.Remove("tun0", elsewhere: true);

        Assert.Equal(["Moved tun0"], Update());
    }

    [Fact]
    public void BridgePortThatLeavesItsBridgeIsNotGone()
    {
        FakeLink link = _kernel.Add("tap0");
        Update();
        byte[] message = FakeKernel.Event(RTM_DELLINK, link);
        message[16] = 7; // AF_BRIDGE
        _kernel.Emit(message);

        Assert.Empty(Update());
    }

    [Fact]
    public void EventsThatChangeNothingAreSilentAndAllocateNothing()
    {
        FakeLink link = _kernel.Add("tun0");
        Update();
        byte[] message = FakeKernel.Event(RTM_NEWLINK, link);
        bool changed = false;
        FakeKernelSocket events = _kernel.Sockets.Single(s => s.Listens);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                events.Enqueue(message);
            }

            changed |= _watch.Update(_client, this);
        }));
        Assert.False(changed);
    }

    [Fact]
    public void LostEventsLeadToAListingAndItsDifference()
    {
        _kernel.Add("tun0");
        _kernel.Add("tun1");
        _kernel.Add("tun2");
        Update();
        _kernel.Remove("tun0");
        _kernel.Rename("tun1", "tun0");
        _kernel.Add("tun3");
        _kernel.LoseEvents();

        Assert.Equal(["Removed tun0", "Renamed tun0", "Added tun3"], Update());
        Assert.All(_changes, c => Assert.Null(c.Counters));
        Assert.Equal(2, _kernel.Listings);
        Assert.Empty(Update());
        Assert.Equal(2, _kernel.Listings);
    }

    [Fact]
    public void SocketThatReportsNothingButLostEventsIsGivenUpAndCanBeCancelled()
    {
        Update();
        FakeKernelSocket events = _kernel.Sockets.Single(s => s.Listens);
        for (int i = 0; i < 100_000; i++)
        {
            events.ReceiveErrors.Enqueue(
                new NetlinkException(ErrorKind.NetlinkOverrun, "lost", Errno.ENOBUFS, kernelMessage: null));
        }

        Assert.Throws<OperationCanceledException>(
            () => _watch.Update(_client, this, new CancellationToken(canceled: true)));
        NetlinkException error = Assert.Throws<NetlinkException>(() => Update());
        Assert.Equal((ErrorKind.NetlinkOverrun, true), (error.Kind, events.IsDisposed));
        Assert.True(events.ReceiveErrors.Count > 90_000);
        Assert.Empty(Update());
    }

    [Fact]
    public void WhatWaitedBeforeAListingIsNotTakenAfterIt()
    {
        FakeLink gone = _kernel.Add("tun0");
        Update();
        _kernel.Remove("tun0", silently: true);
        _kernel.LoseEvents();
        _kernel.Emit(FakeKernel.Event(RTM_NEWLINK, gone));

        Assert.Equal(["Removed tun0"], Update());
        Assert.Empty(Update());
    }

    [Fact]
    public void FailedSocketIsOpenedAgainAndMissesNothing()
    {
        _kernel.Add("tun0");
        Update();
        FakeKernelSocket events = _kernel.Sockets.Single(s => s.Listens);
        events.ReceiveErrors.Enqueue(new NetlinkException(ErrorKind.NetlinkFailed, "broken"));

        Assert.Throws<NetlinkException>(() => _watch.Update(_client, this));
        Assert.True(events.IsDisposed);
        Assert.False(_watch.IsCurrent);
        _kernel.Remove("tun0");

        Assert.Equal(["Removed tun0"], Update());
        Assert.Equal(2, _kernel.OpenSockets);
    }

    [Fact]
    public void NameThatIsNoUtf8IsNoRenaming()
    {
        FakeLink link = _kernel.Add("tun0");
        Update();
        byte[] message = FakeKernel.Event(RTM_NEWLINK, link);
        int at = message.AsSpan().IndexOf(Encoding.ASCII.GetBytes("tun0"));
        message[at] = 0xff;
        _kernel.Emit(message);
        _kernel.Emit(message);

        Assert.Equal([@"Renamed \xffun0"], Update());
    }

    [Fact]
    public void TruncatedEventIsAnErrorAndHealsByAListing()
    {
        FakeLink link = _kernel.Add("tun0");
        Update();
        _kernel.Emit(FakeKernel.Event(RTM_NEWLINK, link)[..20]);

        Assert.Throws<NetlinkException>(() => _watch.Update(_client, this));
        Assert.Empty(Update());
        Assert.True(_watch.IsCurrent);
    }

    private string[] Update()
    {
        _changes.Clear();
        bool changed = _watch.Update(_client, this);
        Assert.Equal(_changes.Count > 0, changed);
        return [.. _changes.Select(c => $"{c.Kind} {c.Name}")];
    }
}
