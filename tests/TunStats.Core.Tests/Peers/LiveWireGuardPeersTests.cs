using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Net;
using TunStats.Peers;
using TunStats.Sessions;
using TunStats.Tests.Polling;
using TunStats.Tests.Sessions;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>wireguard-go of this machine beside <c>wg show dump</c>.</summary>
public sealed class LiveWireGuardPeersTests
{
    private static readonly FlowWindow Window = new(NanoTime.FromUnix(0), NanoTime.FromUnix(5));

    [ToolFact("wireguard-go", "wg")]
    public void PeersAreThoseThatWgShows()
    {
        using var pair = new WireGuardPair(leftAllowed: ["10.2.0.0/24"]);
        LabTraffic.Exchange(
            pair.Left.Space, WireGuardPair.LeftIPv4, pair.Right.Space, WireGuardPair.RightIPv4, 1001, 20);
        using var left = new UserspaceWireGuardSource(pair.Left.Device);
        using var right = new UserspaceWireGuardSource(pair.Right.Device);

        Same(left);
        TunPeer peer = Same(right);

        Assert.Equal(WireGuardPair.LeftIPv4 + ", " + WireGuardPair.LeftIPv6, peer.Addresses);
        Assert.Equal("192.0.2.1:51820", peer.Endpoint);
        Assert.True(peer.RxBytes > 20 * 32, $"{peer.RxBytes} bytes received");
        Assert.True(peer.TxBytes > 20 * 32, $"{peer.TxBytes} bytes sent");
        Assert.InRange(peer.HandshakeAge!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(10));
    }

    /// <summary>The bytes between two looks are those that <c>wg show transfer</c> counted meanwhile.</summary>
    [ToolFact("wireguard-go", "wg")]
    public void PhysicalBytesAreThoseThatWgCounts()
    {
        using var pair = new WireGuardPair();
        using var monitor = new PeerMonitor(new UserspaceWireGuardSource(pair.Left.Device));
        Exchange(pair, 1001);
        (ulong rx, ulong tx) = Transfer(monitor, out _);
        Exchange(pair, 1002);
        (ulong laterRx, ulong laterTx) = Transfer(monitor, out PeerReport report);

        TupleCounts row = Assert.Single(report.ToPhysicalTraffic(Window));
        Assert.Equal((laterRx - rx, laterTx - tx), (row.RxBytes, row.TxBytes));
        Assert.Equal(($"{WireGuardPair.RightIPv4}:0", "192.0.2.2:51820"), (row.Src, row.Dst));
        Assert.True(row.RxBytes >= 20 * 48, $"{row.RxBytes} bytes");
    }

    /// <summary>The right end answers from another port: the left end's path to it changes.</summary>
    [ToolFact("wireguard-go", "wg")]
    public void AnEndpointThatRoamsIsAPathChange()
    {
        using var pair = new WireGuardPair();
        using var monitor = new PeerMonitor(new UserspaceWireGuardSource(pair.Left.Device));
        Exchange(pair, 1001);
        Assert.Equal("192.0.2.2:51820", monitor.Look()!.Snapshot.Peers[0].Endpoint);
        Exchange(pair, 1002);
        Assert.Empty(monitor.Look()!.PathChanges);

        Wg("set", pair.Right.Device, "listen-port", "51999");
        LabTraffic.Exchange(
            pair.Right.Space, WireGuardPair.RightIPv4, pair.Left.Space, WireGuardPair.LeftIPv4, 1003, 20);
        PeerReport report = monitor.Look()!;

        PeerPathChange change = Assert.Single(report.PathChanges);
        Assert.Equal(
            (PeerPathKind.Direct, "192.0.2.2:51820", PeerPathKind.Direct, "192.0.2.2:51999"),
            (change.PreviousPath, change.PreviousVia, change.Path, change.Via));
        Assert.True(change.PreviousRxBytes > 0, "no bytes before the change");
        Assert.Equal("192.0.2.2:51999", Assert.Single(report.ToPhysicalTraffic(Window)).Dst);
    }

    /// <summary>A peer that was removed and added counts from 0, and what it shows then is what was added.</summary>
    [ToolFact("wireguard-go", "wg")]
    public void APeerThatWasRemovedAndAddedCountsFromZero()
    {
        using var pair = new WireGuardPair();
        using var monitor = new PeerMonitor(new UserspaceWireGuardSource(pair.Left.Device));
        Exchange(pair, 1001);
        string key = monitor.Look()!.Snapshot.Peers[0].PublicKey;

        Wg("set", pair.Left.Device, "peer", key, "remove");
        Assert.Empty(monitor.Look()!.Snapshot.Peers);
        Wg(
            "set", pair.Left.Device, "peer", key, "endpoint", "192.0.2.2:51820", "allowed-ips",
            $"{WireGuardPair.RightIPv4}/32");
        TunPeer added = Assert.Single(monitor.Look()!.Snapshot.Peers);
        Exchange(pair, 1002);
        Transfer(monitor, out PeerReport report);

        Assert.Equal((0ul, added.RxBytes), (added.RxBytes, added.RxBytesIncrease));
        TunPeer after = Assert.Single(report.Snapshot.Peers);
        Assert.True(after.RxBytes >= 20 * 48, $"{after.RxBytes} bytes");
        Assert.Equal(after.RxBytes, after.RxBytesIncrease);
    }

    /// <summary>Each of two peers has the bytes that wg counts for it, whatever happens to the other.</summary>
    [ToolFact("wireguard-go", "wg")]
    public void EachOfThreeNodesHasItsOwnBytes()
    {
        using var pair = new WireGuardPair();
        pair.AddThird();
        using var monitor = new PeerMonitor(new UserspaceWireGuardSource(pair.Left.Device));
        Exchange(pair, 1001);
        ExchangeWithThird(1001);
        Dictionary<string, (ulong Rx, ulong Tx)> first = TransferOfEach(monitor, out _);
        Assert.Equal(2, first.Count);

        Exchange(pair, 1002);
        ExchangeWithThird(1002);
        Dictionary<string, (ulong Rx, ulong Tx)> second = TransferOfEach(monitor, out var increases);
        foreach ((string key, (ulong rx, ulong tx)) in second)
        {
            Assert.Equal((rx - first[key].Rx, tx - first[key].Tx), increases[key]);
            Assert.True(increases[key].Rx >= 20 * 48, $"{increases[key].Rx} bytes");
        }

        // The third node roams, goes and comes back; the other's bytes go on.
        TunPeer roaming = monitor.Look()!.Snapshot.Peers.Single(peer => peer.Addresses == WireGuardPair.ThirdIPv4);
        Wg("set", pair.Third!.Device, "listen-port", "51998");
        LabTraffic.Exchange(
            pair.Third.Space, WireGuardPair.ThirdIPv4, pair.Left.Space, WireGuardPair.LeftIPv4, 1003, 20);
        PeerPathChange change = Assert.Single(monitor.Look()!.PathChanges);
        Assert.Equal((roaming.PublicKey, "192.0.2.6:51998"), (change.PublicKey, change.Via));

        Wg("set", pair.Left.Device, "peer", roaming.PublicKey, "remove");
        first = TransferOfEach(monitor, out _);
        string other = Assert.Single(first.Keys);
        Exchange(pair, 1004);
        second = TransferOfEach(monitor, out increases);
        Assert.Equal((second[other].Rx - first[other].Rx, second[other].Tx - first[other].Tx), increases[other]);
        Wg(
            "set", pair.Left.Device, "peer", roaming.PublicKey, "endpoint", "192.0.2.6:51998", "allowed-ips",
            $"{WireGuardPair.ThirdIPv4}/32");
        ExchangeWithThird(1005);
        second = TransferOfEach(monitor, out increases);
        Assert.Equal(second[roaming.PublicKey], increases[roaming.PublicKey]);

        void ExchangeWithThird(int port) => LabTraffic.Exchange(
            pair.Left.Space, WireGuardPair.LeftIPv4, pair.Third!.Space, WireGuardPair.ThirdIPv4, port, 20);
    }

    /// <summary>A process that ends is an absent layer, and counts from 0 when it runs again.</summary>
    [ToolFact("wireguard-go", "wg")]
    public void AProcessThatEndedIsAnAbsentLayer()
    {
        using var monitor = new PeerMonitor(MakeEnded());

        Assert.Null(monitor.Look());
        Assert.Null(monitor.Look());

        static UserspaceWireGuardSource MakeEnded()
        {
            using var pair = new WireGuardPair();
            var source = new UserspaceWireGuardSource(pair.Left.Device);
            Assert.NotNull(source.Read());
            return source;
        }
    }

    /// <summary>
    /// A whole session: virtual connections, and below them the bytes that wg counted meanwhile. What the ends say to
    /// each other by themselves may come between a look and wg's answer.
    /// </summary>
    [ToolFact("wireguard-go", "wg")]
    public void ASessionHasThePhysicalBytesThatWgCounts()
    {
        using var pair = new WireGuardPair();
        Exchange(pair, 1001);
        var sink = new FlowRecordingSink();
        using var stop = new CancellationTokenSource();
        ulong beforeOpen = Bytes(pair.Left.Device);
        using FlowSession session = FlowSession.Open(
            new FlowSessionOptions
            {
                Inputs = [new FlowInput(FlowInputKind.Device, pair.Left.Device)],
                NetworkNamespace = pair.Left.Space.Path,
                Interval = TimeSpan.FromMilliseconds(250),
                IsContinuous = true,
                Peers = new PeerSourceOptions(),
                Names = new FlowNameOptions(),
            },
            sink);
        ulong afterOpen = Bytes(pair.Left.Device);
        ulong beforeEnd = 0;
        sink.Then = _ =>
        {
            if (sink.Windows.Count == 1)
            {
                Exchange(pair, 1002);
                beforeEnd = Bytes(pair.Left.Device);
            }
            else if (sink.Windows.Count == 3)
            {
                stop.Cancel();
            }
        };
        session.Run(stop.Token);
        ulong afterEnd = Bytes(pair.Left.Device);

        Assert.Empty(sink.Warnings);
        TupleCounts[] physical = [.. sink.Flows.Where(flow => flow.Class == FlowClass.Physical)];
        Assert.All(physical, row => Assert.Equal(
            ($"{WireGuardPair.RightIPv4}:0", "192.0.2.2:51820"), (row.Src, row.Dst)));
        ulong sum = physical.Aggregate(0ul, (total, row) => total + row.TotalBytes);
        Assert.InRange(sum, beforeEnd - afterOpen, afterEnd - beforeOpen);
        TupleCounts connection = sink.Flows.First(flow => flow.Dst == $"{WireGuardPair.RightIPv4}:1002");
        Assert.Equal(FlowClass.Virtual, connection.Class);
        Assert.Null(connection.DstName);
    }

    private static ulong Bytes(string device)
    {
        string[] fields = Wg("show", device, "transfer").TrimEnd('\n').Split('\t');
        return ulong.Parse(fields[1], CultureInfo.InvariantCulture)
            + ulong.Parse(fields[2], CultureInfo.InvariantCulture);
    }

    private static void Exchange(WireGuardPair pair, int port) => LabTraffic.Exchange(
        pair.Left.Space, WireGuardPair.LeftIPv4, pair.Right.Space, WireGuardPair.RightIPv4, port, 20);

    /// <summary>Looks while wg shows the same bytes before and after.</summary>
    /// <param name="monitor">What looks; only its last look counts, as the device may be busy during others.</param>
    /// <param name="report">The increases of all its looks together, as one.</param>
    private static (ulong Rx, ulong Tx) Transfer(PeerMonitor monitor, out PeerReport report)
    {
        ulong rx = 0, tx = 0;
        while (true)
        {
            string before = Wg("show", monitor.Device, "transfer");
            report = monitor.Look()!;
            TunPeer peer = Assert.Single(report.Snapshot.Peers);
            rx += peer.RxBytesIncrease ?? 0;
            tx += peer.TxBytesIncrease ?? 0;
            if (Wg("show", monitor.Device, "transfer") == before)
            {
                string[] fields = before.TrimEnd('\n').Split('\t');
                report = new PeerReport(
                    report.Snapshot with { Peers = [peer with { RxBytesIncrease = rx, TxBytesIncrease = tx }] },
                    report.PathChanges);
                return (
                    ulong.Parse(fields[1], CultureInfo.InvariantCulture),
                    ulong.Parse(fields[2], CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>As <see cref="Transfer"/>, for any number of peers, by their keys.</summary>
    private static Dictionary<string, (ulong Rx, ulong Tx)> TransferOfEach(
        PeerMonitor monitor, out Dictionary<string, (ulong Rx, ulong Tx)> increases)
    {
        increases = [];
        while (true)
        {
            string before = Wg("show", monitor.Device, "transfer");
            foreach (TunPeer peer in monitor.Look()!.Snapshot.Peers)
            {
                (ulong rx, ulong tx) = increases.GetValueOrDefault(peer.PublicKey);
                increases[peer.PublicKey] = (rx + (peer.RxBytesIncrease ?? 0), tx + (peer.TxBytesIncrease ?? 0));
            }

            if (Wg("show", monitor.Device, "transfer") == before)
            {
                return before.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))
                    .ToDictionary(
                        fields => fields[0],
                        fields => (
                            ulong.Parse(fields[1], CultureInfo.InvariantCulture),
                            ulong.Parse(fields[2], CultureInfo.InvariantCulture)));
            }
        }
    }

    /// <summary>Reads the peers while wg shows the same ones before and after.</summary>
    private static TunPeer Same(UserspaceWireGuardSource source)
    {
        while (true)
        {
            string before = Dump(source.Device);
            TunPeerSnapshot snapshot = source.Read()!;
            if (Dump(source.Device) == before)
            {
                Assert.Equal(Lines(before), snapshot.Peers.Select(Line));
                return Assert.Single(snapshot.Peers);
            }
        }
    }

    /// <summary>public-key, preshared-key, endpoint, allowed-ips, latest-handshake, rx, tx, keepalive.</summary>
    private static IEnumerable<string> Lines(string dump) => dump
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1)
        .Select(line => line.Split('\t'))
        .Select(fields => $"{fields[0]} {fields[2]} {fields[3]} {fields[4]} {fields[5]} {fields[6]}");

    private static string Line(TunPeer peer) => string.Create(
        CultureInfo.InvariantCulture,
        $"{peer.PublicKey} {peer.Endpoint} {string.Join(',', peer.GetAllowedPrefixes())} "
        + $"{new DateTimeOffset(peer.LastHandshake!.Value).ToUnixTimeSeconds()} {peer.RxBytes} {peer.TxBytes}");

    private static string Dump(string device) => Wg("show", device, "dump");

    private static string Wg(params string[] arguments)
    {
        var start = new ProcessStartInfo("wg", arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException("wg failed.");
    }
}
