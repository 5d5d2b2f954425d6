using System;
using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class NetLogMessageBuilderTests
{
    private static readonly NanoTime Start = NanoTime.Parse("2022-10-13T20:23:05.165000001Z");
    private static readonly NanoTime End = NanoTime.Parse("2022-10-13T20:23:10.165Z");

    private static readonly FlowClassifier Classifier = new(new RouteSet(RouteSet.From(
        [IpPrefix.Parse("100.64.0.0/24"), IpPrefix.Parse("10.20.0.0/16")], FlowRouteKind.Route, "test")));

    [Fact]
    public void ExitTrafficOfSchema1IsOneAnonymousEntry()
    {
        NetLogMessage message = Build(NetLogSchema.V1);
        Assert.Equal(new ConnectionCounts(0, default, default, new(5, 500, 5, 50)), Assert.Single(message.ExitTraffic));
        Assert.Equal(2, message.VirtualTraffic.Count);
        Assert.Single(message.SubnetTraffic);
    }

    [Fact]
    public void ExitTrafficOfSchema2IsAnonymousPerTunnelAddress()
    {
        NetLogMessage message = Build(NetLogSchema.V2);
        Assert.Equal(
            [
                new ConnectionCounts(0, default, default, new(1, 100, 1, 10)),
                new ConnectionCounts(0, default, AddrPort.Parse("100.64.0.1:0"), new(1, 100, 1, 10)),
                new ConnectionCounts(0, AddrPort.Parse("100.64.0.1:0"), default, new(3, 300, 3, 30)),
            ],
            message.ExitTraffic);
    }

    [Fact]
    public void EntriesAreSortedAndEqualOnesSummedUp()
    {
        NetLogMessage message = Build(NetLogSchema.V2, includeExit: true);
        Assert.Equal(
            ["100.64.0.1:80 -> 100.64.0.2:9", "100.64.0.1:443 -> 100.64.0.2:9"],
            message.VirtualTraffic.Select(e => $"{e.Src} -> {e.Dst}"));
        Assert.Equal(new FlowCounts(2, 200, 2, 20), message.VirtualTraffic[0].Counts);
        Assert.Equal(5, message.ExitTraffic.Count);
        Assert.Equal((Start, End), (message.StartTime, message.EndTime));
    }

    [Fact]
    public void FlowsKeepTheirClassUnlessGiven()
    {
        TupleCounts flow = new(
            6,
            AddrPort.Parse("100.64.0.1:1"),
            AddrPort.Parse("100.64.0.2:2"),
            new(1, 1, 1, 1),
            new FlowWindow(Start, End))
        {
            Class = FlowClass.Subnet,
        };
        Assert.Single(Of(reclassify: false, flow).SubnetTraffic);
        Assert.Single(Of(reclassify: true, flow).VirtualTraffic);
        Assert.Single(Of(reclassify: true, flow.WithClass(FlowClass.Physical)).PhysicalTraffic);
        Assert.Single(Of(reclassify: false, flow.WithClass(FlowClass.Unknown)).ExitTraffic);
        Assert.Single(Of(reclassify: false, flow.WithClass(FlowClass.None)).VirtualTraffic);

        static NetLogMessage Of(bool reclassify, TupleCounts flow)
        {
            NetLogMessageBuilder builder = new(new NetLogMessageOptions { Reclassify = reclassify }, Classifier);
            builder.Add(flow);
            return Assert.Single(builder.Build(Start, End));
        }
    }

    [Fact]
    public void NothingCollectedMakesNoMessageAndAnEndBeforeTheStartIsRefused()
    {
        NetLogMessageBuilder builder = new();
        Assert.Empty(builder.Build(Start, End));
        Assert.Throws<ArgumentException>(() => builder.Build(End, Start));
    }

    [Theory]
    [InlineData((int)NetLogSchema.V1)]
    [InlineData((int)NetLogSchema.V2)]
    public void ALongMessageIsSplitWithoutLossOrRepetition(int version)
    {
        var schema = (NetLogSchema)version;
        Random random = new(6);
        NetLogNode[] nodes = [.. Enumerable.Range(0, 40).Select(i => new NetLogNode
        {
            NodeId = $"n{i:00}",
            Name = new string('x', random.Next(200)),
            AddressValues = [IpAddr.FromIPv4(0x64400000u + (uint)i)],
        })];
        ConnectionCounts[] Entries(int count) => [.. RandomMessages.Entries(random, count).Select(entry => entry with
        {
            SrcEndpoint = new AddrPort(IpAddr.FromIPv4(0x64400000u + (uint)random.Next(35)), 5),
        })];
        NetLogMessage whole = new()
        {
            StartTime = Start,
            EndTime = End,
            NodeId = "self",
            SrcNode = nodes[0],
            DstNodes = nodes,
            VirtualTraffic = Entries(3000),
            SubnetTraffic = Entries(100),
            ExitTraffic = Entries(2000),
            PhysicalTraffic = Entries(500),
        };

        NetLogMessage[] parts = [.. NetLogMessageSplitter.Split(whole, schema)];

        Assert.InRange(parts.Length, 3, 10);
        Assert.All(parts, part => Assert.True(NetLogVectors.Json(part, schema).Length < NetLogMessage.MaxLength));
        Assert.All(parts.SkipLast(1), part => Assert.True(NetLogVectors.Json(part, schema).Length > 250_000));
        FlowClass[] classes = [FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit, FlowClass.Physical];
        foreach (FlowClass flowClass in classes)
        {
            Assert.Equal(whole.Traffic(flowClass), parts.SelectMany(part => part.Traffic(flowClass)));
        }

        if (schema == NetLogSchema.V2)
        {
            Assert.Equal(
                nodes.Select(n => n.NodeId),
                parts.SelectMany(p => p.DstNodes).Select(n => n.NodeId).Distinct().Order());
            Assert.All(parts, part => Assert.Empty(part.VirtualTraffic.Select(e => e.SrcEndpoint.Address)
                .Except(part.DstNodes.SelectMany(node => node.AddressValues))));
        }

        Assert.All(parts, part => Assert.Equal((Start, End, "self"), (part.StartTime, part.EndTime, part.NodeId)));
        Assert.Same(whole, Assert.Single(NetLogMessageSplitter.Split(whole, schema, int.MaxValue)));
        Assert.Throws<ArgumentException>(() => NetLogMessageSplitter.Split(whole, schema, 300).Count());
    }

    [Fact]
    public void FlowsComeOutWithClassNodeAndWindow()
    {
        NetLogMessage message = new()
        {
            StartTime = Start,
            EndTime = End,
            NodeId = "n1",
            SubnetTraffic = [new ConnectionCounts(6, AddrPort.Parse("1.2.3.4:5"), default, new(1, 2, 3, 4))],
            PhysicalTraffic = [default],
        };
        TupleCounts[] flows = [.. message.GetFlows("file.json")];
        Assert.Equal([FlowClass.Subnet, FlowClass.Physical], flows.Select(flow => flow.Class));
        Assert.Equal(("n1", "file.json", Start), (flows[0].Node, flows[0].Source, flows[0].Window.Start));
        Assert.Equal((6, "1.2.3.4:5", 4UL), (flows[0].ProtoNumber, flows[0].Src, flows[0].RxBytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => message.Traffic(FlowClass.Unknown));
    }

    private static NetLogMessage Build(NetLogSchema schema, bool includeExit = false)
    {
        NetLogMessageBuilder builder = new(
            new NetLogMessageOptions { Schema = schema, IncludeExit = includeExit }, Classifier);
        (string Source, string Destination)[] flows =
        [
            ("100.64.0.1:443", "100.64.0.2:9"), ("100.64.0.1:80", "100.64.0.2:9"), ("100.64.0.1:80", "100.64.0.2:9"),
            ("100.64.0.1:1", "10.20.1.1:2"), ("100.64.0.1:1", "8.8.8.8:53"), ("100.64.0.1:2", "9.9.9.9:53"),
            ("100.64.0.1:2", "[2606:4700::1111]:443"), ("9.9.9.9:9", "100.64.0.1:1"), ("9.9.9.9:9", "8.8.8.8:1"),
            ("100.64.0.1:1", "100.100.100.100:53"),
        ];
        foreach ((string source, string destination) in flows)
        {
            builder.Add(
                new ConnectionCounts(17, AddrPort.Parse(source), AddrPort.Parse(destination), new(1, 100, 1, 10)));
        }

        return Assert.Single(builder.Build(Start, End));
    }
}
