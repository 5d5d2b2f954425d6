using System;
using TunStats.Flows;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Flows;

public sealed class TupleCountsTests
{
    [Fact]
    public void CountsStayAtTheirMaximum()
    {
        FlowCounts counts = new(ulong.MaxValue, ulong.MaxValue - 1, 1, 2);
        counts.AddTx(1, 100);
        counts.AddRx(1, 40);
        Assert.Equal(new FlowCounts(ulong.MaxValue, ulong.MaxValue, 2, 42), counts);
        Assert.Equal(new FlowCounts(ulong.MaxValue, ulong.MaxValue, 4, 84), counts + counts);
        Assert.Equal(ulong.MaxValue, counts.TotalBytes);
        Assert.Equal(ulong.MaxValue, counts.TotalPackets);
        Assert.True(default(FlowCounts).IsZero && !counts.IsZero);
    }

    [Fact]
    public void RatesAndTotalsComeFromCountsAndWindow()
    {
        NanoTime start = NanoTime.Parse("2022-10-13T20:23:05.165000001Z");
        FlowWindow window = new(start, start.Add(TimeSpan.FromSeconds(4)), "tailscale0", "n1");
        TupleCounts flow = new(
            IpProtocol.Tcp,
            AddrPort.Parse("100.64.0.1:22"),
            AddrPort.Parse("[fd7a:115c:a1e0::2]:5"),
            new FlowCounts(8, 800, 2, 100),
            window)
        {
            FirstSeenTime = start,
            OpenedBy = FlowInitiator.Remote,
        };

        Assert.Equal((10UL, 900UL), (flow.TotalPackets, flow.TotalBytes));
        Assert.Equal((2.0, 200.0), (flow.TxPacketsPerSecond, flow.TxBytesPerSecond));
        Assert.Equal((0.5, 25.0), (flow.RxPacketsPerSecond, flow.RxBytesPerSecond));
        Assert.Equal(TimeSpan.FromSeconds(4), flow.Duration);
        Assert.Equal((22, 5), (flow.SourcePort, flow.DestinationPort));
        Assert.Equal("100.64.0.1", flow.SourceAddress);
        Assert.Equal(flow.Start, flow.FirstSeen);
        Assert.Null(flow.LastSeen);
        Assert.Equal(("tailscale0", "n1"), (flow.Source, flow.Node));
        Assert.Equal("TCP 100.64.0.1:22 -> [fd7a:115c:a1e0::2]:5 tx 8/800 rx 2/100", flow.ToString());
        TupleCounts classified = flow.WithClass(FlowClass.Virtual);
        Assert.Equal((FlowClass.None, FlowClass.Virtual), (flow.Class, classified.Class));
        Assert.Equal(flow.ToString(), classified.ToString());
    }

    [Fact]
    public void AWindowWithoutLengthHasNoRatesAndOneThatEndsBeforeItStartsIsRefused()
    {
        NanoTime now = NanoTime.FromUnix(5);
        TupleCounts flow = new(default, default, default, new FlowCounts(1, 1, 1, 1), new FlowWindow(now, now));
        Assert.Equal(0, flow.TxBytesPerSecond);
        Assert.Throws<ArgumentException>(() => new FlowWindow(now, NanoTime.FromUnix(4)));
    }
}
