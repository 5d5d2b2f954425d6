using System;
using System.IO;
using System.Linq;
using TunStats.Capture;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Routes;
using TunStats.Tests.Fakes;
using TunStats.Views;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Views;

public sealed class LiveModelTests
{
    private readonly LiveModel _model = new(new ManualTimeProvider());

    [Fact]
    public void RatesAreOfTheLastWindowAndOfTen()
    {
        // In the last of 12 windows the client is silent.
        Feed(i => i < 11 ? 1000 : 0);
        LiveFrame frame = _model.ToFrame(new LiveSettings());
        Assert.Equal(["100.64.0.1:5000", "100.64.0.1:5001"], frame.Rows.Select(row => row.From));
        Assert.Equal((0, 900, 22_000), (frame.Rows[0].TxRate, frame.Rows[0].Rate, frame.Rows[0].Total));
        Assert.Equal((100, 100, 2400), (frame.Rows[1].TxRate, frame.Rows[1].Rate, frame.Rows[1].Total));
        Assert.Equal(1, frame.Connections);
        Assert.Equal([(FlowClass.Virtual, 1000.0)], frame.Classes);
    }

    [Theory]
    [InlineData(FlowGrouping.Host, "100.64.0.1 2 1100, 100.64.0.2 1 1000, 100.64.0.3 1 100")]
    [InlineData(FlowGrouping.Peer, "100.64.0.2 1 1000, 100.64.0.3 1 100")]
    [InlineData(FlowGrouping.Port, "53/UDP 2 1100")]
    [InlineData(FlowGrouping.Protocol, "UDP 2 1100")]
    [InlineData(FlowGrouping.Class, "Virtual 2 1100")]
    public void ConnectionsAreSummed(FlowGrouping groupBy, string rows)
    {
        Feed(_ => 1000);
        LiveFrame frame = _model.ToFrame(new LiveSettings { GroupBy = groupBy });
        Assert.Equal(rows, string.Join(", ", frame.Rows.Select(row => $"{row.From} {row.Connections} {row.Rate}")));
    }

    [Fact]
    public void RowsAreFilteredAndSorted()
    {
        Feed(_ => 1000);
        Assert.Equal("100.64.0.1:5001", FirstOf(new LiveSettings { Filter = "0.3:53" }));
        Assert.Equal("100.64.0.1:5000", FirstOf(new LiveSettings { Sort = LiveSort.Name }));
        Assert.Equal("100.64.0.1:5000", FirstOf(new LiveSettings { Sort = LiveSort.Sent }));
        Assert.Null(FirstOf(new LiveSettings { Filter = "nowhere" }));
    }

    [Fact]
    public void NamesStandForAddressesWhereTheyAreKnown()
    {
        var peer = new NetLogNode { Name = "db", Addresses = ["100.64.0.2"] };
        var classifier = new FlowClassifier(RouteSet.Empty, nodes: new NodeMap(new NetLogNode(), [peer]));
        _model.ClassifierOf = _ => classifier;
        Feed(_ => 1000);
        Assert.Equal("db:53", _model.ToFrame(new LiveSettings()).Rows[0].To);
        Assert.Equal("db", _model.ToFrame(new LiveSettings { GroupBy = FlowGrouping.Peer }).Rows[0].From);
        Assert.Equal("100.64.0.2:53", _model.ToFrame(new LiveSettings { ShowsAddresses = true }).Rows[0].To);
        Assert.Single(_model.ToFrame(new LiveSettings { Filter = "DB" }).Rows);
    }

    private string? FirstOf(LiveSettings settings) =>
        _model.ToFrame(settings).Rows is [var first, ..] ? first.From : null;

    /// <summary>
    /// Two connections over 12 windows of two seconds: the first as told, in bytes per second, the second 100.
    /// </summary>
    private void Feed(Func<int, int> rate)
    {
        const int Header = 28;
        var packets = Enumerable.Range(0, 13).SelectMany(i => rate(i) > 0
            ? new[]
            {
                Udp("100.64.0.1:5000", "100.64.0.2:53", (2 * rate(i)) - Header),
                Udp("100.64.0.1:5001", "100.64.0.3:53", 200 - Header),
            }
            : Enumerable.Repeat(Udp("100.64.0.1:5001", "100.64.0.3:53", 100 - Header), 2));
        var options = new CaptureOptions { LocalAddresses = [IpAddr.Parse("100.64.0.1")] };
        using var reader = new CaptureReader(new MemoryStream(Pcap(101, packets)), "wg0", options);
        var meter = new FlowMeterOptions { Interval = TimeSpan.FromSeconds(2) };
        foreach (FlowReport report in FileFlowMeter.Read(reader, meter).Take(12))
        {
            report.Classify = (in IpAddr _, in IpAddr _, long? _) => FlowClass.Virtual;
            _model.OnReport(report);
            report.Dispose();
        }
    }
}
