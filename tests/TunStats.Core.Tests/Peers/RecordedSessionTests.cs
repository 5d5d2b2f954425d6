using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Sessions;
using TunStats.Tests.Capture;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using TunStats.Tests.Sessions;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>
/// Whole sessions over what two real nodes of tailscaled saw: each packet of their device and each look at their peers
/// goes in, and the rows that they logged come out.
/// </summary>
public sealed class RecordedSessionTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TailscaleServer _server = new();
    private readonly FlowRecordingSink _sink = new();

    public void Dispose() => _server.Dispose();

    /// <summary>a uses b's subnet and exit node; b serves them, which no route of its kernel says.</summary>
    [LiveTheory]
    [InlineData("a", "TESTCTRL00000001", "100.64.0.1")]
    [InlineData("b", "TESTCTRL00000002", "100.64.0.2")]
    public void EveryRowIsThatOfTheLog(string node, string nodeId, string address)
    {
        using var space = new PrivateNamespace(ipv6: true);
        using LabLinks links = space.OpenLinks();
        using TunDevice device = space.Run(() => TunDevice.Open("tailscale0"));
        links.AddAddress("tailscale0", IPAddress.Parse(address), 32);
        links.AddAddress("tailscale0", IPAddress.Parse($"fd7a:115c:a1e0:ab12:4843:cd96:6240:{address[^1]}"), 128);
        JsonElement recorded = VectorFile.Read("gso_frames.json").GetProperty("nodes").GetProperty(node);
        _server.Status = TailscaleServer.Recorded($"status-{node}-before.json");
        NetLogMessage message;
        using (FlowSession session = Open(space, recorded))
        {
            _server.Status = TailscaleServer.Recorded($"status-{node}-after.json");
            session.Run();
            var builder = new NetLogMessageBuilder(
                new NetLogMessageOptions { Schema = NetLogSchema.V2, IncludeExit = true },
                session.ClassifierOf("tailscale0"));
            foreach (TupleCounts flow in _sink.Flows)
            {
                builder.Add(flow);
            }

            message = Assert.Single(builder.Build(_sink.Windows[0].Window.Start, _sink.Windows[0].Window.End));
        }

        Assert.Empty(_sink.Errors);
        Assert.Empty(_sink.Warnings);
        foreach (FlowClass traffic in (FlowClass[])[FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit])
        {
            Assert.Equal(Logged(recorded, traffic), message.Traffic(traffic).Where(IsLogged).Select(Text).Order());
        }

        Assert.Equal(PhysicalLog(nodeId), message.PhysicalTraffic.Select(Text));
        Assert.Equal(nodeId, message.NodeId);
        Assert.Equal(nodeId, message.SrcNode!.NodeId);
        Assert.Equal(
            nodeId == "TESTCTRL00000001" ? "tslab-b.lab.ts.net" : "tslab-a.lab.ts.net",
            Assert.Single(message.DstNodes).Name);
    }

    /// <summary>
    /// Where tailscaled hangs, connections have the classes of the routes, and nothing waits for long.
    /// </summary>
    [LiveFact]
    public void ATailscaledThatHangsIsAWarningAndNoDelay()
    {
        using var hanging = new UnixServer((_, _, ended) => ended.WaitHandle.WaitOne());
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using TunDevice device = space.Run(() => TunDevice.Open("tailscale0"));
        links.AddAddress("tailscale0", IPAddress.Parse("100.64.0.1"), 10);
        links.SetUp("tailscale0");
        JsonElement recorded = VectorFile.Read("gso_frames.json").GetProperty("nodes").GetProperty("a");
        using FlowSession session = Open(
            space,
            recorded,
            () => new TailscaleSource("tailscale0", hanging.Path) { Timeout = TimeSpan.FromMilliseconds(50) });

        session.Run();

        Assert.Contains("did not answer within 0.05 s", Assert.Single(_sink.Warnings), StringComparison.Ordinal);
        Assert.All(
            _sink.Flows.Where(flow => flow.Dst.StartsWith("100.64.0.2:", StringComparison.Ordinal)),
            flow => Assert.Equal(FlowClass.Virtual, flow.Class));
        Assert.DoesNotContain(_sink.Flows, flow => flow.Class == FlowClass.Physical);
    }

    private FlowSession Open(PrivateNamespace space, JsonElement recorded, Func<IPeerSource>? open = null)
    {
        var ring = new FakePacketRing(_clock, "tailscale0");
        foreach (JsonElement frame in recorded.GetProperty("frames").EnumerateArray())
        {
            byte[] packet = Convert.FromHexString(frame[5].GetString()!);
            int length = frame[1].GetInt32();
            FlowKey key = PacketParser.Parse(packet, length, out _);
            SegmentCount count = SegmentCount.Of(packet, length, frame[2].GetByte(), frame[3].GetUInt16());
            bool isSent = frame[0].GetString() == "tx";
            ring.Add(
                TimeSpan.FromMilliseconds(100),
                new PacketRecord(key, isSent ? PacketDirection.Tx : PacketDirection.Rx, count.Bytes, 0)
                {
                    Packets = count.Packets,
                });
        }

        return FlowSession.Open(
            new FlowSessionOptions
            {
                Inputs = [new FlowInput(FlowInputKind.Device, "tailscale0")],
                NetworkNamespace = space.Path,
                Duration = TimeSpan.FromSeconds(5),
                Peers = new PeerSourceOptions { Timeout = TimeSpan.FromMinutes(1) },
                OpenRing = _ => ring,
                PeerDevices = () =>
                {
                    var devices = new FakePeerDevices(_ => open?.Invoke() ?? _server.Open(_clock));
                    devices.Add("tailscale0", 2);
                    return devices;
                },
            },
            _sink,
            _clock);
    }

    private static IEnumerable<string> Logged(JsonElement recorded, FlowClass traffic) => recorded
        .GetProperty("logged")
        .EnumerateArray()
        .Where(row => row.GetProperty("section").GetString() == $"{traffic}Traffic".ToLowerInvariant()
            .Replace("traffic", "Traffic", StringComparison.Ordinal))
        .Select(row =>
        {
            FlowKey key = PacketParserTests.Key(row);
            var counts = new FlowCounts(Number("txPkts"), Number("txBytes"), Number("rxPkts"), Number("rxBytes"));
            return Text(new ConnectionCounts(key.Protocol, key.Source, key.Destination, counts));

            ulong Number(string name) => row.GetProperty(name).GetUInt64();
        })
        .Order();

    /// <summary>
    /// The sum of what the node logged; the one packet that went over DERP before the direct path was found is in it,
    /// as two looks know the later path alone. Packets are not counted in a status.
    /// </summary>
    private static IEnumerable<string> PhysicalLog(string nodeId)
    {
        ConnectionCounts[] rows =
        [
            .. TailscaleServer.Log("netlog-bulk.jsonl", nodeId)
                .Where(message => message.StartTime < NanoTime.Parse("2026-11-21T12:34:33Z"))
                .SelectMany(message => message.PhysicalTraffic),
        ];
        FlowCounts sum = rows.Aggregate(default(FlowCounts), (total, row) => total + row.Counts);
        ConnectionCounts direct = rows.First(row => row.DstEndpoint.Address != PeerPath.DerpAddress);
        yield return Text(new ConnectionCounts(
            direct.Protocol, direct.SrcEndpoint, direct.DstEndpoint, new FlowCounts(0, sum.TxBytes, 0, sum.RxBytes)));
    }

    /// <summary>tailscaled drops what the kernel says to neighbours before it counts.</summary>
    private static bool IsLogged(ConnectionCounts row) =>
        row.SrcEndpoint.Address.ToString() is var source && !source.StartsWith("fe80", StringComparison.Ordinal)
        && row.Protocol.Number != 58;

    private static string Text(ConnectionCounts row) => $"{row.Proto} {row.Src} {row.Dst} {row.Counts}";
}
