using System;
using System.Linq;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>One alert when a condition begins, one when it ends, and none in between.</summary>
public sealed class LinkAlertTrackerTests
{
    private readonly PollerBench _bench = new();

    [Fact]
    public void EpisodeHasOneBeginAndOneEndWithItsDrops()
    {
        LinkSample[] samples = Samples(5);
        LinkAlert?[] alerts = Alerts(TimeSpan.Zero, samples, [false, true, true, false, false]);

        Assert.Equal([null, LinkAlertEvent.Begin, null, LinkAlertEvent.End, null], alerts.Select(a => a?.Event));
        LinkAlert end = alerts[3]!;
        Assert.Equal("tun0", end.Name);
        Assert.Equal(samples[1].Timestamp, end.Since);
        Assert.Equal(TimeSpan.FromSeconds(20), end.Duration);
        Assert.Equal(samples[1].Increase!.TxDropped + samples[2].Increase!.TxDropped, end.TxDropped);
        Assert.True(end.TxDropped > 0);
        Assert.Equal(samples[1].Increase!.TxDropped, alerts[1]!.TxDropped);
    }

    [Fact]
    public void ConditionMustHoldForItsTime()
    {
        LinkAlert?[] alerts = Alerts(
            TimeSpan.FromSeconds(20), Samples(8), [true, true, false, true, true, true, true, false]);
        Assert.Equal(
            [null, null, null, null, null, LinkAlertEvent.Begin, null, LinkAlertEvent.End],
            alerts.Select(a => a?.Event));
    }

    [Fact]
    public void DeviceWithoutMoreSamplesBeginsOnce()
    {
        LinkSample sample = Samples(1)[0];
        var tracker = new LinkAlertTracker(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.Null(tracker.Update(sample, isMet: true, 0));
        Assert.Empty(tracker.Advance(At(29)));
        Assert.Equal(LinkAlertEvent.Begin, Assert.Single(tracker.Advance(At(30))).Event);
        Assert.Empty(tracker.Advance(At(60)));
        Assert.Equal(LinkAlertEvent.End, tracker.Update(sample, isMet: false, At(61))!.Event);
        Assert.Empty(tracker.Advance(At(100)));
    }

    [Fact]
    public void DevicesAreTrackedEachForItself()
    {
        _bench.Kernel.Add("tun0");
        _bench.Kernel.Add("tun1");
        _bench.Run(1, ["tun0", "tun1"]);
        var tracker = new LinkAlertTracker(TimeSpan.Zero, TimeProvider.System);
        Assert.All(_bench.Sink.Samples, s => Assert.Equal(s.Name, tracker.Update(s, isMet: true, 0)!.Name));
        Assert.Equal(2, _bench.Sink.Samples.Count);
        Assert.Equal("tun0", tracker.Update(_bench.Sink.Samples[0], isMet: false, 1)!.Name);
        Assert.Null(tracker.Update(_bench.Sink.Samples[1], isMet: true, 1));
    }

    private static long At(int seconds) => seconds * TimeProvider.System.TimestampFrequency;

    private static LinkAlert?[] Alerts(TimeSpan holdFor, LinkSample[] samples, bool[] isMet)
    {
        var tracker = new LinkAlertTracker(holdFor, TimeProvider.System);
        return [.. samples.Select((sample, i) => tracker.Update(sample, isMet[i], At(i * 10)))];
    }

    private LinkSample[] Samples(int count)
    {
        FakeLink link = _bench.Kernel.Add("tun0");
        _bench.Run(count, ["tun0"], poll => link.Count((ulong)poll + 1));
        return [.. _bench.Sink.Samples];
    }
}
