using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Views;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Flows;

public sealed class FlowGroupTests
{
    private const byte Syn = 2;

    // Lengths of IP packets: UDP 28 and the payload, TCP 40 and the payload.
    private static readonly byte[] Capture = Pcap(101, [
        Udp("100.64.0.1:40000", "100.64.0.2:443", 60, 6, Syn),
        Udp("100.64.0.2:443", "100.64.0.1:40000", 160, 6),
        Udp("100.64.0.1:40001", "100.64.0.2:53", 72),
        Udp("100.64.0.3:9", "100.64.0.1:50000", 10, 6, Syn),
        Udp("100.64.0.1:40002", "8.8.8.8:443", 12, 6),
        Udp("[fd7a:115c:a1e0::1]:5001", "[fd7a:115c:a1e0::2]:443", 2, 6)]);

    [Theory]
    [InlineData(
        FlowGrouping.Host, "100.64.0.1 4 252/250, 100.64.0.2 2 200/200, 8.8.8.8 1 52/0, 100.64.0.3 1 0/50")]
    [InlineData(FlowGrouping.Peer, "100.64.0.2 2 200/200, 8.8.8.8 1 52/0, 100.64.0.3 1 0/50")]
    [InlineData(FlowGrouping.Port, "443/TCP 2 152/200, 53/UDP 1 100/0, 50000/TCP 1 0/50")]
    [InlineData(FlowGrouping.Protocol, "TCP 3 152/250, UDP 1 100/0")]
    [InlineData(FlowGrouping.Class, "Virtual 3 200/250, Exit 1 52/0")]
    public void ConnectionsAreSummedByWhatTheyHaveInCommon(FlowGrouping groupBy, string groups)
    {
        using FlowReport report = Read(new FlowMeterOptions { Filter = new FlowFilter(prefixes: ["0.0.0.0/0"]) });
        report.Classify = (in IpAddr _, in IpAddr to, long? _) =>
            to.ToString() == "8.8.8.8" ? FlowClass.Exit : FlowClass.Virtual;
        Assert.Equal(
            groups.Split(", "),
            report.TakeGroups(groupBy).Select(g => $"{g.Group} {g.Connections} {g.TxBytes}/{g.RxBytes}"));
    }

    [Fact]
    public void GroupsHaveTheirPartsAndTheirWindow()
    {
        using FlowReport report = Read(new FlowMeterOptions { Top = 1 });
        FlowGroup port = Assert.Single(report.TakeGroups(FlowGrouping.Port));
        Assert.Equal(("443/TCP", "TCP", 443, 3L), (port.Group, port.Proto, port.Port, port.Connections));
        Assert.Equal((214ul + 200, 4ul), (port.TotalBytes, port.TotalPackets));
        Assert.Equal(("file.pcap", TimeSpan.FromSeconds(5)), (port.Source, port.Duration));
        Assert.Equal((214 / 5.0, 40.0), (port.TxBytesPerSecond, port.RxBytesPerSecond));
        FlowGroup protocol = Assert.Single(report.TakeGroups(FlowGrouping.Protocol));
        Assert.Equal(("TCP", null), (protocol.Proto, protocol.Port));
        FlowGroup peer = Assert.Single(report.TakeGroups(FlowGrouping.Peer));
        Assert.Equal((null, null), (peer.Proto, peer.Port));
    }

    [Fact]
    public void WhatAWindowHasNoRoomForIsAGroupOfItsOwnAndTheLast()
    {
        using FlowReport report = Read(new FlowMeterOptions { Capacity = 2, Top = 1 });
        IReadOnlyList<FlowGroup> groups = report.TakeGroups(FlowGrouping.Peer);
        Assert.Equal(["100.64.0.2", ""], groups.Select(group => group.Group));
        Assert.Equal((3L, 3ul), (groups[1].Connections, groups[1].TotalPackets));
        Assert.Null(groups[1].Proto);
    }

    [Fact]
    public void AnEstimatedNumberOfConnectionsIsMarked()
    {
        using FlowReport report = Read(new FlowMeterOptions { Capacity = 2 });
        IReadOnlyList<FlowGroup> groups = report.TakeGroups(FlowGrouping.Peer);
        Assert.Equal([false, true], groups.Select(group => group.ConnectionsEstimated));

        var json = new FlowJsonWriter();
        json.Begin(report.Window);
        json.Add(groups[0]);
        json.Add(groups[1]);
        string lines = Encoding.UTF8.GetString(json.Lines);
        Assert.Contains("\"Connections\":2,\"ConnectionsEstimated\":false,", lines, StringComparison.Ordinal);
        Assert.Contains("\"Connections\":3,\"ConnectionsEstimated\":true,", lines, StringComparison.Ordinal);

        var table = new FlowTableWriter();
        table.Add(groups[0]);
        table.Add(groups[1]);
        string[] rows = Encoding.UTF8.GetString(table.Lines).Split('\n');
        Assert.EndsWith("           2", rows[0], StringComparison.Ordinal);
        Assert.EndsWith("          ~3", rows[1], StringComparison.Ordinal);
        Assert.Equal(rows[0].Length, rows[1].Length);

        var summed = new TunReport();
        summed.Add(report);
        Assert.Contains("at least 3</dd>", summed.ToHtml(), StringComparison.Ordinal);
    }

    private static FlowReport Read(FlowMeterOptions options)
    {
        var capture = new CaptureOptions
        {
            LocalAddresses = [IpAddr.Parse("100.64.0.1"), IpAddr.Parse("fd7a:115c:a1e0::1")],
        };
        using var reader = new CaptureReader(new MemoryStream(Capture), "file.pcap", capture);
        FlowReport report = FileFlowMeter.Read(reader, options).First();
        report.Top = options.Top;
        return report;
    }
}
