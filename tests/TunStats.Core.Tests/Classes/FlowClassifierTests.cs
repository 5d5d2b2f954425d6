using System;
using System.Linq;
using System.Text.Json;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Routes;
using TunStats.Tests.Vectors;
using TunStats.Tests.NetLog;
using Xunit;

namespace TunStats.Tests.Classes;

public sealed class FlowClassifierTests
{
    private static readonly JsonElement File = VectorFile.Read("netlog_classify.json");

    public static TheoryData<int> Derived() =>
        [.. Enumerable.Range(0, File.GetProperty("derived").GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Derived))]
    public void DerivedCasesHaveTheClassOfBothForms(int index)
    {
        JsonElement group = File.GetProperty("derived");
        JsonElement row = group.GetProperty("cases")[index];
        RouteSet routes = NetLogVectors.Routes(group.GetProperty("routerConfig"));
        NodeMap nodes = new(
            Node("self", group, "selfAddresses"),
            group.GetProperty("peerAddresses").EnumerateArray().Select((address, i) => new NetLogNode
            {
                NodeId = $"peer{i}",
                AddressValues = [IpAddr.Parse(address.GetString()!)],
            }));
        AddrPort source = AddrPort.Parse(row.GetProperty("src").GetString()!);
        AddrPort destination = AddrPort.Parse(row.GetProperty("dst").GetString()!);

        FlowVerdict seed = new FlowClassifier(routes).Classify(source.Address, destination.Address);
        FlowVerdict head = new FlowClassifier(routes, nodes: nodes).Classify(source.Address, destination.Address);

        string want = row.GetProperty("head").GetString()!;
        Assert.Equal(row.GetProperty("seed2022").GetString(), Name(seed.Class));
        Assert.Equal(want == "skip", head.IsService);

        // Without nodes nothing says which end is this node's, so that the service is left out at either.
        Assert.Equal(want == "skip" || TailscaleRanges.IsService(source.Address), seed.IsService);
        if (!head.IsService)
        {
            Assert.Equal(want, Name(head.Class));
        }

        NetLogMessageBuilder builder = new(
            new NetLogMessageOptions { Schema = NetLogSchema.V2, IncludeExit = true },
            new FlowClassifier(routes, nodes: nodes));
        builder.Add(new ConnectionCounts(6, source, destination, new FlowCounts(1, 1, 1, 1)));
        string? field = row.GetProperty("headField").GetString();
        Assert.Equal(field is null, builder.IsEmpty);
        if (field is not null)
        {
            NetLogMessage message = Assert.Single(builder.Build(default, default));
            Assert.Contains($"\"{field}\":[", NetLogVectors.Json(message, NetLogSchema.V2), StringComparison.Ordinal);
            Assert.Equal(1, message.EntryCount);
        }
    }

    [Theory]
    [InlineData(true, "expectMessage")]
    [InlineData(false, "expectMessageAnonymizedExit")]
    public void MessageOfKnownNodesIsTheVectors(bool includeExit, string expected)
    {
        JsonElement group = File.GetProperty("embedNodeInfo");
        JsonElement users = group.GetProperty("users");
        NetLogNode self = FromControl(group.GetProperty("selfNode"), users);
        NodeMap nodes = new(self, group.GetProperty("peers").EnumerateArray().Select(peer => FromControl(peer, users)));
        FlowClassifier classifier = new(NetLogVectors.Routes(group.GetProperty("routerConfig")), nodes: nodes);
        NetLogMessageBuilder builder = new(
            new NetLogMessageOptions { Schema = NetLogSchema.V2, IncludeExit = includeExit }, classifier);
        foreach (JsonElement row in group.GetProperty("connections").EnumerateArray())
        {
            JsonElement call = row.GetProperty("perCall");
            FlowCounts tx = new(call.GetProperty("txPkts").GetUInt64(), call.GetProperty("txBytes").GetUInt64(), 0, 0);
            FlowCounts rx = new(0, 0, call.GetProperty("rxPkts").GetUInt64(), call.GetProperty("rxBytes").GetUInt64());
            AddrPort source = AddrPort.Parse(row.GetProperty("src").GetString()!);
            AddrPort destination = AddrPort.Parse(row.GetProperty("dst").GetString()!);
            bool physical = row.GetProperty("layer").GetString() == "physical";
            if (!physical)
            {
                FlowVerdict verdict = classifier.Classify(source.Address, destination.Address);
                Assert.Equal(row.GetProperty("class").GetString(), Name(verdict.Class));
            }

            for (int i = 0; i < group.GetProperty("repeat").GetInt32(); i++)
            {
                foreach (FlowCounts counts in (FlowCounts[])[tx, rx])
                {
                    builder.Add(
                        new ConnectionCounts(row.GetProperty("proto").GetByte(), source, destination, counts),
                        physical ? FlowClass.Physical : FlowClass.None);
                }
            }
        }

        JsonElement want = group.GetProperty(expected);
        NetLogMessage message = Assert.Single(builder.Build(
            NanoTime.Parse(want.GetProperty("start").GetString()!),
            NanoTime.Parse(want.GetProperty("end").GetString()!)));
        Assert.Equal(
            NetLogVectors.Describe(NetLogVectors.Message(want)), NetLogVectors.Describe(message));
        Assert.True(builder.IsEmpty);
    }

    [Fact]
    public void EachVerdictSaysWhichPrefixOrNodeDecided()
    {
        RouteSet routes = new(
        [
            new FlowRoute(IpPrefix.Parse("100.64.0.1/32"), FlowRouteKind.LocalAddress, "kernel"),
            new FlowRoute(IpPrefix.Parse("100.64.0.0/10"), FlowRouteKind.Route, "parameter"),
            new FlowRoute(IpPrefix.Parse("10.20.0.0/16"), FlowRouteKind.Route, "kernel, table 52"),
            new FlowRoute(IpPrefix.Parse("0.0.0.0/0"), FlowRouteKind.Route, "kernel, table 52"),
        ]);
        FlowClassifier classifier = new(routes);
        IpAddr local = IpAddr.Parse("100.64.0.1");
        FlowVerdict verdict = classifier.Classify(local, IpAddr.Parse("10.20.3.4"));
        Assert.Equal(FlowClass.Subnet, verdict.Class);
        Assert.Equal("100.64.0.1/32 (LocalAddress, kernel)", classifier.Classify(local).Route!.ToString());
        Assert.Equal(
            "10.20.0.0/16 (Route, kernel, table 52)",
            classifier.Classify(IpAddr.Parse("10.20.3.4")).Route!.ToString());
        Assert.Null(classifier.Classify(IpAddr.Parse("8.8.8.8")).Route);

        AddressVerdict peer = classifier.Classify(IpAddr.Parse("100.64.0.2"));
        Assert.Equal((AddressClass.Tunnel, "100.64.0.0/10"), (peer.Class, peer.Route!.Prefix.ToString()));
        Assert.Equal("by 100.64.0.0/10 (Route, parameter), within the overlay's 100.64.0.0/10", peer.Reason);
        Assert.Equal("by 10.20.0.0/16 (Route, kernel, table 52), not within the overlay",
            classifier.Classify(IpAddr.Parse("10.20.3.4")).Reason);
        Assert.Equal("8.8.8.8 is Outside: in no route", classifier.Classify(IpAddr.Parse("8.8.8.8")).ToString());

        // Within the range of Tailscale, but a part that ChromeOS has: routed, so a subnet.
        Assert.Equal(AddressClass.Subnet, classifier.Classify(IpAddr.Parse("100.115.92.7")).Class);
        Assert.Equal(
            "Virtual: source 100.64.0.1 is Tunnel: by 100.64.0.1/32 (LocalAddress, kernel), within the overlay's "
            + "100.64.0.0/10; destination 100.100.100.100 is Tunnel: by 100.64.0.0/10 (Route, parameter), within the "
            + "overlay's 100.64.0.0/10; not logged: the destination is a service of the node itself",
            classifier.Explain(local, TailscaleRanges.ServiceIPv4));
        NodeMap nodes = new(new NetLogNode { NodeId = "n1", AddressValues = [local] }, []);
        Assert.StartsWith(
            "node n1, by ", new FlowClassifier(routes, nodes: nodes).Classify(local).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOverlayOfAnotherTunnelCanBeNamed()
    {
        RouteSet routes = new(RouteSet.From(
            [IpPrefix.Parse("10.8.0.0/24"), IpPrefix.Parse("192.168.7.0/24")], FlowRouteKind.Route, "parameter"));
        FlowClassifier classifier = new(routes, OverlayRanges.Of([IpPrefix.Parse("10.8.0.0/24")]));
        IpAddr local = IpAddr.Parse("10.8.0.1");
        Assert.Equal(FlowClass.Virtual, classifier.Classify(local, IpAddr.Parse("10.8.0.2")).Class);
        Assert.Equal(FlowClass.Subnet, classifier.Classify(local, IpAddr.Parse("192.168.7.2")).Class);
        Assert.Equal(FlowClass.Exit, classifier.Classify(local, IpAddr.Parse("100.64.0.1")).Class);
    }

    /// <summary>
    /// The table's answers against the rule as it is written, for addresses in and around everything.
    /// </summary>
    [Fact]
    public void TheTableAnswersAsTheRuleDoes()
    {
        Random random = new(9);
        string[] prefixes =
        [
            "100.64.0.0/10", "100.115.92.0/22", "100.115.92.0/24", "100.64.0.9/32", "100.0.0.0/8", "10.0.0.0/8",
            "10.1.0.0/16", "0.0.0.0/0", "::/0", "::ffff:100.64.0.0/106", "::ffff:0:0/96", "fd7a:115c:a1e0::/48",
            "fd00::/8", "fd7a:115c:a1e0:1::/64", "2001:db8::/32", "::ffff:0.0.0.0/97",
        ];
        string[] addresses =
        [
            "100.64.0.9", "100.115.92.1", "100.115.93.1", "100.115.94.1", "100.1.1.1", "10.1.2.3", "10.2.2.3",
            "9.9.9.9", "::ffff:100.64.0.9", "::ffff:100.115.92.1", "::ffff:10.1.2.3", "fd7a:115c:a1e0::1",
            "fd7a:115c:a1e0:1::1",
            "fd00::1", "2001:db8::1", "2002::1", "fd7a:115c:a1e0::1%z", "", "::ffff:200.64.0.9",
        ];
        for (int i = 0; i < 300; i++)
        {
            RouteSet routes = new(RouteSet.From(
                prefixes.Where(_ => random.Next(2) == 0).Select(IpPrefix.Parse), FlowRouteKind.Route, "x"));
            OverlayRanges overlay = random.Next(2) == 0
                ? OverlayRanges.Tailscale
                : OverlayRanges.Of(prefixes.Where(_ => random.Next(4) == 0).Select(IpPrefix.Parse));
            FlowClassifier classifier = new(routes, overlay);
            foreach (string text in addresses)
            {
                IpAddr address = text.Length == 0 ? default : IpAddr.Parse(text);
                bool routed = routes.Routes.Any(route => route.Counts && route.PrefixValue.Contains(address));
                IpAddr unmapped = address.Unmap().WithoutZone();
                bool inOverlay = overlay.Included.Any(p => p.Contains(unmapped))
                    && !overlay.Excluded.Any(p => p.Contains(unmapped));
                AddressClass want = !routed ? AddressClass.Outside
                    : inOverlay ? AddressClass.Tunnel
                    : AddressClass.Subnet;
                Assert.Equal(want, classifier.Classify(address).Class);
                Assert.Equal(want == AddressClass.Tunnel, classifier.IsKeptInAnonymousTraffic(address));
            }
        }
    }

    [Fact]
    public void ClassifyingAllocatesNothing()
    {
        FlowClassifier classifier = new(new RouteSet(RouteSet.From(
            [IpPrefix.Parse("100.64.0.0/10"), IpPrefix.Parse("2001:db8::/40")], FlowRouteKind.Route, "x")));
        IpAddr[] addresses =
            [IpAddr.Parse("100.64.0.1"), IpAddr.Parse("2001:db8::1"), IpAddr.Parse("::ffff:100.64.0.2")];
        Classify();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int virtuals = Classify();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, virtuals);

        int Classify()
        {
            int count = 0;
            for (int i = 0; i < 300; i++)
            {
                FlowVerdict verdict = classifier.Classify(addresses[i % 3], addresses[(i + 1) % 3]);
                count += verdict.Class == FlowClass.Virtual ? 1 : 0;
            }

            return count;
        }
    }

    private static string Name(FlowClass flowClass) => flowClass.ToString().ToLowerInvariant();

    private static NetLogNode Node(string id, JsonElement group, string addresses) => new()
    {
        NodeId = id,
        AddressValues = [.. NetLogVectors.Texts(group, addresses).Select(IpAddr.Parse)],
    };

    private static NetLogNode FromControl(JsonElement node, JsonElement users) => NetLogVectors.Node(
        NetLogVectors.Text(node, "stableId"),
        NetLogVectors.Text(node, "name"),
        NetLogVectors.Texts(node, "addresses").Select(text => IpPrefix.FromAddress(IpAddr.Parse(text))),
        null,
        node.TryGetProperty("userId", out JsonElement user) ? NetLogVectors.Text(users, user.ToString()) : null,
        NetLogVectors.Texts(node, "tags"));
}
