using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

public sealed class LinkRateQueryTests : ILinkQuerySink
{
    private readonly FakeKernel _kernel = new();
    private readonly LeapingTimeProvider _clock = new();
    private readonly List<LinkSample> _samples = [];
    private readonly List<object> _faults = [];

    [Fact]
    public void TwoLooksAreRates()
    {
        FakeLink link = _kernel.Add("tun0");
        link.Count(100);
        Look(TimeSpan.FromSeconds(2), () => link.Count(30));

        LinkSample sample = Assert.Single(_samples);
        Assert.Equal((LinkSampleEvent.None, TimeSpan.FromSeconds(2)), (sample.Event, sample.Elapsed));
        Assert.Equal((15.0, 120.0), (sample.RxPacketsPerSecond, sample.TxDroppedPerSecond));
        Assert.Equal(130ul, sample.Stats.RxPackets);
        Assert.Equal(30ul * 25, sample.Increase!.RxOtherHostDropped);
    }

    [Fact]
    public void CounterThatFellIsAResetAndADeviceThatCameHasNoRates()
    {
        FakeLink link = _kernel.Add("tun0");
        link.Count(100);
        Look(TimeSpan.FromSeconds(1), () =>
        {
            link.Stats = default;
            _kernel.Add("tun1");
        });

        Assert.Equal([LinkSampleEvent.Reset, LinkSampleEvent.First], _samples.Select(s => s.Event));
        Assert.Equal(0.0, _samples[0].TxDroppedPerSecond);
        Assert.Null(_samples[1].TxDroppedPerSecond);
    }

    [Fact]
    public void DeviceThatTookTheIndexHasNoRates()
    {
        int index = _kernel.Add("tun0").Index;
        Look(TimeSpan.FromSeconds(1), () =>
        {
            _kernel.Remove("tun0");
            _kernel.Add("tun7", index: index).Count(5);
        });

        Assert.Equal(("tun7", LinkSampleEvent.First), (_samples.Single().Name, _samples.Single().Event));
        Assert.Empty(_faults);
    }

    void ILinkQuerySink.OnStats(RtnlLinkStats64 stats) => Assert.Fail("The first look is nobody's to see.");

    void ILinkQuerySink.OnError(TunStatsException error, object input) => _faults.Add(input);

    void ILinkQuerySink.OnWarning(string message) => Assert.Fail(message);

    private void Look(TimeSpan interval, Action between)
    {
        using var client = new LinkClient(new NetlinkConnection(_kernel.Open()), _clock);
        var rates = new LinkRateQuery(_samples.Add, this, _clock);
        var query = new LinkQuery(client, rates);
        query.ReadTunnels();
        _clock.Leap = wait =>
        {
            between();
            return wait;
        };
        rates.LookAgain(interval, () => query.ReadTunnels());
    }
}
