using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Classes;

/// <summary>Which classifier was in force when.</summary>
public sealed class ClassifierHistoryTests : IDisposable
{
    private static readonly IpAddr Address = IpAddr.Parse("10.1.0.1");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly FakeRouteFeed _feed = new("10.1.0.0/16");
    private readonly ClassifierSource _source;

    public ClassifierHistoryTests() => _source = ClassifierSource.Of(new ClassifierOptions(), _clock, _feed);

    public void Dispose() => _source.Dispose();

    private long Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    [Fact]
    public void EveryInstantHasTheRoutesOfItsTime()
    {
        Watch();
        long start = Now;
        List<(long At, bool Routed)> wanted = [(start, true)];
        for (int i = 1; i <= 6; i++)
        {
            _clock.Advance(Second);
            Change(i % 2 == 0);
            wanted.Add((Now, i % 2 == 0));
        }

        _clock.Advance(Second);
        foreach ((long at, bool routed) in wanted)
        {
            Assert.Equal(routed, IsRouted(at));
            Assert.Equal(routed, IsRouted(at + 999_999_900));
            Assert.Equal(!routed || at == start, IsRouted(at - 100));
        }

        Assert.True(IsRouted(start - 1_000_000_000));
        Assert.True(IsRouted(long.MinValue));
        Assert.True(IsRouted(long.MaxValue));
    }

    [Fact]
    public void ChangeIsInForceSinceItsEventWasRead()
    {
        Watch();
        _feed.OnSettle = () => _clock.Advance(Second);
        long at = Now;
        Change(routed: false);
        Assert.True(IsRouted(at - 100));
        Assert.False(IsRouted(at));
    }

    [Fact]
    public void RefreshTakesInWhatTheWatchHasNotSeen()
    {
        Watch();
        _clock.Advance(Second);
        long at = Now;
        _feed.ChangeUnheard();
        Assert.True(_source.Refresh());
        Assert.True(IsRouted(at - 100));
        Assert.False(IsRouted(at));
        Assert.False(_source.Refresh());
    }

    [Fact]
    public void WallClockThatStepsMovesNoChange()
    {
        foreach (TimeSpan step in new[] { TimeSpan.FromHours(1), TimeSpan.FromHours(-1) })
        {
            var clock = new ManualTimeProvider();
            var feed = new FakeRouteFeed("10.1.0.0/16");
            using ClassifierSource source = ClassifierSource.Of(new ClassifierOptions(), clock, feed);
            source.Watch();
            feed.AwaitWatch();
            clock.Advance(Second);
            feed.Change();
            feed.AwaitWatch();
            clock.SetUtcNow(clock.GetUtcNow() + step);
            clock.Advance(Second);
            long now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
            Assert.Equal(AddressClass.Outside, source.At(now - 1_000_000_000).Classify(Address).Class);
            Assert.Equal(AddressClass.Subnet, source.At(now - 1_000_000_100).Classify(Address).Class);
            Assert.Equal(AddressClass.Outside, source.AtTimestamp(clock.GetTimestamp()).Classify(Address).Class);
            source.ForgetTimestamp(0);
            Assert.Equal(AddressClass.Subnet, source.AtTimestamp(0).Classify(Address).Class);
            source.ForgetTimestamp(clock.GetTimestamp());
            Assert.Equal(AddressClass.Outside, source.AtTimestamp(0).Classify(Address).Class);
        }
    }

    [Fact]
    public void WhatIsForgottenIsNoLongerKept()
    {
        Watch();
        for (int i = 0; i < 4; i++)
        {
            _clock.Advance(Second);
            Change(routed: i % 2 == 1);
        }

        long start = Now;
        Assert.True(IsRouted(start - 2_000_000_000));
        _source.Forget(start - 1_000_000_000);
        Assert.False(IsRouted(start - 2_000_000_000));
        Assert.False(IsRouted(start - 1_000_000_000));
        Assert.True(IsRouted(start));
        _source.Forget(start);
        Assert.True(IsRouted(start - 1_000_000_000));
        _source.Forget(long.MaxValue);
        Assert.True(IsRouted(start));
    }

    [Fact]
    public void OldestGoesFirstWhereThereAreTooMany()
    {
        var history = new ClassifierHistory(_clock, _source.Current);
        FlowClassifier[] all = [.. Enumerable.Range(0, 300).Select(_ => new FlowClassifier(_source.Current.Routes))];
        for (int i = 0; i < all.Length; i++)
        {
            history.Add(all[i], i);
        }

        Assert.Equal(ClassifierHistory.MaxLength, history.Length);
        Assert.Same(all[^1], history.Current);
        Assert.Same(all[200], history.AtTimestamp(200));
        Assert.Same(all[^ClassifierHistory.MaxLength], history.AtTimestamp(0));
    }

    /// <summary>The overlay stays as well: what was given keeps its class.</summary>
    [Fact]
    public void DeviceThatGoesIsAChange()
    {
        var feed = new FakeRouteFeed("10.8.0.1/24", "10.8.0.0/24");
        using ClassifierSource source = ClassifierSource.Of(
            new ClassifierOptions { Overlay = ["Device"], Routes = ["10.8.0.7/32"] }, _clock, feed);
        source.Watch();
        feed.AwaitWatch();
        feed.Change();
        feed.AwaitWatch();
        Assert.False(source.Refresh());
        Assert.Equal(AddressClass.Outside, source.Current.Classify(IpAddr.Parse("10.8.0.9")).Class);
        Assert.Equal(AddressClass.Tunnel, source.Current.Classify(IpAddr.Parse("10.8.0.7")).Class);
    }

    [Fact]
    public void FailureOfTheWatchIsReportedByTheNextRefreshAndTheWatchGoesOn()
    {
        Watch();
        _feed.Failure = new NetlinkException(ErrorKind.NetlinkFailed, "bad", Errno.EBADF, kernelMessage: null);
        _feed.Change();
        _feed.AwaitWatch();
        Assert.Throws<NetlinkException>(() => _source.Refresh());
        _source.Refresh();
        Assert.False(IsRouted(Now));
        Change(routed: true);
        Assert.True(IsRouted(Now));
    }

    [Fact]
    public void CancelledWatchEnds()
    {
        using var cancel = new CancellationTokenSource();
        _source.Watch(cancel.Token);
        _feed.AwaitWatch();
        cancel.Cancel();
        _source.Dispose();
        Assert.True(_feed.IsDisposed);
    }

    [Fact]
    public void WithoutAWatchOnlyThePresentIsKept()
    {
        _clock.Advance(Second);
        _feed.ChangeUnheard();
        Assert.True(_source.Refresh());
        Assert.False(IsRouted(0));
    }

    [Fact]
    public void LookUpAllocatesNothing()
    {
        Watch();
        _clock.Advance(Second);
        Change(routed: false);
        long now = Now;
        Assert.Equal(0, Allocation.Least(() => _source.At(now - 500_000_000)));
    }

    [Fact]
    public void LookUpsMeetChangesFromOtherThreads()
    {
        Watch();
        using var stop = new CancellationTokenSource();
        Thread[] readers =
        [
            .. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Assert.NotNull(_source.At(Now));
                    _source.Forget(Now);
                }
            })),
        ];
        Array.ForEach(readers, reader => reader.Start());
        for (int i = 0; i < 500; i++)
        {
            _feed.ChangeUnheard(i % 2 == 0 ? [] : ["10.1.0.0/16"]);
            Assert.True(_source.Refresh());
        }

        stop.Cancel();
        Array.ForEach(readers, reader => reader.Join());
        Assert.True(IsRouted(Now));
    }

    private void Watch()
    {
        _source.Watch();
        Assert.True(_feed.IsListening);
        _feed.AwaitWatch();
    }

    private void Change(bool routed)
    {
        _feed.Change(routed ? ["10.1.0.0/16"] : []);
        _feed.AwaitWatch();
    }

    private bool IsRouted(long at) => _source.At(at).Classify(Address).Class != AddressClass.Outside;
}
