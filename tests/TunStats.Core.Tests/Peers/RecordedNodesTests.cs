using System.Collections.Generic;
using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>
/// Two real nodes of tailscaled: rows, classes and names made of their <c>status</c> beside what they logged.
/// </summary>
public sealed class RecordedNodesTests
{
    private const string A = "TESTCTRL00000001";
    private const string B = "TESTCTRL00000002";

    private static readonly FlowWindow Window = new(NanoTime.FromUnix(0), NanoTime.FromUnix(5));

    /// <summary>
    /// The same traffic ran twice: once between the two documents, once as the first three windows of this log. The one
    /// packet that went over DERP before the direct path was found is logged there; two looks know the later path
    /// alone.
    /// </summary>
    [Theory]
    [InlineData("status-a", A, "100.64.0.2:0", "10.77.0.12:41641")]
    [InlineData("status-b", B, "100.64.0.1:0", "10.77.0.11:41641")]
    public void PhysicalBytesAreThoseThatTheNodeLogged(string status, string nodeId, string from, string to)
    {
        using var server = new TailscaleServer();
        using var monitor = new PeerMonitor(server.Open());
        server.Status = TailscaleServer.Recorded($"{status}-before.json");
        monitor.Look();
        server.Status = TailscaleServer.Recorded($"{status}-after.json");

        TupleCounts row = Assert.Single(monitor.Look()!.ToPhysicalTraffic(Window));

        ConnectionCounts[] logged =
        [
            .. TailscaleServer.Log("netlog-bulk.jsonl", nodeId)
                .Where(message => message.StartTime < NanoTime.Parse("2026-11-21T12:34:33Z"))
                .SelectMany(message => message.PhysicalTraffic),
        ];
        FlowCounts sum = logged.Aggregate(default(FlowCounts), (total, entry) => total + entry.Counts);
        Assert.Equal((sum.TxBytes, sum.RxBytes), (row.TxBytes, row.RxBytes));
        Assert.Equal((0ul, 0ul), (row.TxPackets, row.RxPackets));
        Assert.Equal((from, to), (row.Src, row.Dst));
        Assert.Contains(logged, entry => entry.Src == row.Src && entry.Dst == row.Dst && entry.Proto == row.Proto);
    }

    /// <summary>
    /// Over DERP alone. b's log ends before the keep-alive of 32 bytes that a's has and b's document counts.
    /// </summary>
    [Fact]
    public void PhysicalBytesOverDerpAreThoseThatTheNodesLogged()
    {
        using var server = new TailscaleServer { Status = """{"Peer":{}}""" };
        using var monitor = new PeerMonitor(server.Open());
        monitor.Look();
        server.Status = TailscaleServer.Recorded("status-b-derp.json");

        TupleCounts row = Assert.Single(monitor.Look()!.ToPhysicalTraffic(Window));

        const ulong KeepAlive = 32;
        (ulong tx, ulong rx) = Sum(A, "100.64.0.2:0");
        Assert.Equal((tx, rx), (row.RxBytes, row.TxBytes));
        (tx, rx) = Sum(B, "100.64.0.1:0");
        Assert.Equal((tx, rx + KeepAlive), (row.TxBytes, row.RxBytes));
        Assert.Equal(("100.64.0.1:0", "127.3.3.40:1"), (row.Src, row.Dst));

        static (ulong Tx, ulong Rx) Sum(string nodeId, string from)
        {
            ConnectionCounts[] rows =
                [.. TailscaleServer.Log("netlog-derp.jsonl", nodeId).SelectMany(message => message.PhysicalTraffic)];
            Assert.All(rows, entry => Assert.Equal($"{from} 127.3.3.40:1", $"{entry.Src} {entry.Dst}"));
            return (
                (ulong)rows.Sum(entry => (long)entry.Counts.TxBytes),
                (ulong)rows.Sum(entry => (long)entry.Counts.RxBytes));
        }
    }

    /// <summary>b is a subnet router and exit node: no route of its kernel says what it serves.</summary>
    [Theory]
    [InlineData("status-a-after.json", A, "netlog-exitlog.jsonl")]
    [InlineData("status-b-after.json", B, "netlog-exitlog.jsonl")]
    [InlineData("status-a-after.json", A, "netlog-bulk.jsonl")]
    [InlineData("status-b-after.json", B, "netlog-bulk.jsonl")]
    [InlineData("status-a-after.json", A, "netlog-derp.jsonl")]
    [InlineData("status-b-derp.json", B, "netlog-derp.jsonl")]
    public void EveryConnectionHasTheClassThatTailscaledGaveIt(string status, string nodeId, string log)
    {
        FlowClassifier classifier = Classifier(status);
        int count = 0;
        foreach (NetLogMessage message in TailscaleServer.Log(log, nodeId))
        {
            foreach (FlowClass expected in (FlowClass[])[FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit])
            {
                foreach (ConnectionCounts entry in message.Traffic(expected))
                {
                    FlowClass given = classifier
                        .Classify(entry.SrcEndpoint.Address, entry.DstEndpoint.Address).Class;
                    Assert.True(given == expected, $"{entry.Src} -> {entry.Dst}: {given}, logged as {expected}");
                    count++;
                }
            }
        }

        Assert.InRange(count, 14, int.MaxValue);
    }

    /// <summary>
    /// The same traffic ran with exit traffic logged and anonymous: the former, classified by nodes, gives the messages
    /// of the latter, but for a TCP acknowledgement more or less in the other classes.
    /// </summary>
    [Theory]
    [InlineData("status-a-after.json", A)]
    [InlineData("status-b-after.json", B)]
    public void AnonymousExitTrafficIsThatOfTheNode(string status, string nodeId)
    {
        FlowClassifier classifier = Classifier(status);
        var options = new NetLogMessageOptions { Schema = NetLogSchema.V2, Reclassify = true };
        var builder = new NetLogMessageBuilder(options, classifier);
        foreach (TupleCounts flow in TailscaleServer.Log("netlog-exitlog.jsonl", nodeId)
            .SelectMany(message => message.GetFlows())
            .Where(flow => flow.Class != FlowClass.Physical))
        {
            builder.Add(flow);
        }

        NetLogMessage made = Assert.Single(builder.Build(NanoTime.FromUnix(0), NanoTime.FromUnix(5)));

        NetLogMessage logged = TailscaleServer.Log("netlog-exit.jsonl", nodeId)[0];
        Assert.Equal(nodeId, made.NodeId);
        Assert.Equal(logged.ExitTraffic, made.ExitTraffic);
        Assert.Equal(Keys(logged.VirtualTraffic), Keys(made.VirtualTraffic));
        Assert.Equal(Keys(logged.SubnetTraffic), Keys(made.SubnetTraffic));

        static IEnumerable<string> Keys(IEnumerable<ConnectionCounts> entries) =>
            entries.Order().Select(entry => $"{entry.Proto} {entry.Src} {entry.Dst}");
    }

    [Fact]
    public void NamesAreThoseOfTheNodes()
    {
        FlowClassifier classifier = Classifier("status-b-after.json");
        var builder = new NetLogMessageBuilder(new NetLogMessageOptions { Schema = NetLogSchema.V2 }, classifier);
        foreach (TupleCounts flow in TailscaleServer.Log("netlog-exitlog.jsonl", B)[0].GetFlows())
        {
            builder.Add(flow);
        }

        NetLogMessage message = Assert.Single(builder.Build(NanoTime.FromUnix(0), NanoTime.FromUnix(5)));

        NetLogNode self = message.SrcNode!;
        Assert.Equal((B, "tslab-b.lab.ts.net", "linux"), (self.NodeId, self.Name, self.OS));
        Assert.Equal("user-2@fake-control.example.net", self.User);
        NetLogNode peer = Assert.Single(message.DstNodes);
        Assert.Equal((A, "tslab-a.lab.ts.net"), (peer.NodeId, peer.Name));
        Assert.Equal(["100.64.0.1", "fd7a:115c:a1e0:ab12:4843:cd96:6240:1"], peer.Addresses);
    }

    [Fact]
    public void WireGuardPeersAreNodesByTheirKeys()
    {
        IpAddr local = IpAddr.Parse("10.0.0.1");
        var snapshot = new TunPeerSnapshot
        {
            Source = PeerSourceKind.UserspaceWireGuard,
            Peers =
            [
                new TunPeer
                {
                    PublicKey = "k1",
                    AddressList = [IpAddr.Parse("10.0.0.2"), IpAddr.Parse("10.0.0.3")],
                    AllowedPrefixList = [IpPrefix.Parse("10.0.0.2/31"), IpPrefix.Parse("10.7.0.0/16")],
                },
            ],
        };

        RouteSet device = new([new FlowRoute(IpPrefix.FromAddress(local), FlowRouteKind.LocalAddress, "device")
        {
            NetworkValue = IpPrefix.Parse("10.0.0.1/24"),
        }]);
        var classifier = new FlowClassifier(
            new RouteSet(device.Routes.Concat(snapshot.ToRouteSet().Routes)),
            nodes: snapshot.ToNodeMap([local, local]));

        Assert.Equal([local], classifier.Nodes!.Self.AddressValues);
        Assert.Equal("k1", classifier.Nodes.Find(IpAddr.Parse("10.0.0.3"))!.NodeId);
        Assert.Equal(FlowClass.Virtual, classifier.Classify(local, IpAddr.Parse("10.0.0.3")).Class);
        Assert.Equal(FlowClass.Subnet, classifier.Classify(local, IpAddr.Parse("10.7.0.9")).Class);

        // What a hub forwards between two of its peers.
        Assert.Equal(
            FlowClass.Virtual, classifier.Classify(IpAddr.Parse("10.0.0.2"), IpAddr.Parse("10.0.0.3")).Class);
    }

    private static FlowClassifier Classifier(string status)
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded(status) };
        using TailscaleSource source = server.Open();
        TunPeerSnapshot snapshot = source.Read()!;
        return new FlowClassifier(snapshot.ToRouteSet(), nodes: snapshot.ToNodeMap());
    }
}
