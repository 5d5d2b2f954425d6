using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Net;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>
/// The traffic of <c>iperf3</c> and <c>ping</c> through a WireGuard tunnel, counted at both ends at once: each end
/// counts what its device counts, and the ends see each other's flows with the directions swapped.
/// </summary>
public sealed class LiveTunnelTests
{
    private const int Pings = 20;
    private const int PingBytes = 1000;
    private const ulong Payload = 500_000;

    // In portions so small and so slow that the queues between the two nodes hold what a slow machine leaves there.
    private static readonly string[] Amount = ["-n", "500000", "-b", "5M", "-l", "1000"];

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private int _port = 5300;

    [ToolFact("wireguard-go", "iperf3", "ping")]
    public void FlowsAddUpToTheDevicesOwnCountersAtBothEnds()
    {
        (End left, End right) = Measure();

        foreach (End end in new[] { left, right })
        {
            // Both are the same unless something went by between the meter's end and the second reading.
            Assert.Equal(0ul, end.After.TxDropped);
            Between(end.Before.Raw.tx_packets, end.After.Raw.tx_packets, Sum(end.Flows, f => f.TxPackets));
            Between(end.Before.Raw.tx_bytes, end.After.Raw.tx_bytes, Sum(end.Flows, f => f.TxBytes));
            Between(end.Before.Raw.rx_packets, end.After.Raw.rx_packets, Sum(end.Flows, f => f.RxPackets));
            Between(end.Before.Raw.rx_bytes, end.After.Raw.rx_bytes, Sum(end.Flows, f => f.RxBytes));
            Assert.True(Sum(end.Flows, f => f.TxBytes) > 2 * Payload && Sum(end.Flows, f => f.RxBytes) > 2 * Payload);
        }

        static void Between(ulong least, ulong most, ulong counted) => Assert.InRange(counted, least, most);
    }

    [WireGuardMirrorFact]
    public void TheEndsSeeEachOthersFlows()
    {
        // What the cable between the nodes loses, one end alone has seen; then the whole is done again.
        for (int attempt = 1; ; attempt++)
        {
            (End left, End right) = Measure();
            string[] here = Texts(left.Flows, swap: false), there = Texts(right.Flows, swap: true);
            bool lost = Inside(left).Tx != Inside(right).Rx || Inside(left).Rx != Inside(right).Tx;
            if (lost && attempt < 5)
            {
                continue;
            }

            Assert.True(
                here.SequenceEqual(there),
                $"Left: {string.Join('\n', here.Except(there))}\nright: {string.Join('\n', there.Except(here))}");
            foreach ((string source, string destination) in new[]
            {
                (WireGuardPair.LeftIPv4, WireGuardPair.RightIPv4), (WireGuardPair.LeftIPv6, WireGuardPair.RightIPv6),
            })
            {
                TupleCounts[] flows = [.. left.Flows.Where(f => f.SourceAddress == source
                    && f.DestinationAddress == destination)];
                bool ipv6 = flows[0].SrcEndpoint.Address.Is6;
                ulong size = (ipv6 ? 40u : 20u) + 8 + PingBytes;
                TupleCounts[] pings = [.. flows.Where(f => f.Protocol == (ipv6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp))];
                Assert.Equal(
                    ((ulong)Pings, Pings * size, (ulong)Pings, Pings * size),
                    (Sum(pings, f => f.TxPackets), Sum(pings, f => f.TxBytes), Sum(pings, f => f.RxPackets),
                        Sum(pings, f => f.RxBytes)));
                Assert.True(Sum(flows.Where(f => f.Protocol == IpProtocol.Tcp), f => f.TxBytes) > Payload);
                Assert.True(Sum(flows.Where(f => f.Protocol == IpProtocol.Tcp), f => f.RxBytes) > Payload);
                Assert.True(Sum(flows.Where(f => f.Protocol == IpProtocol.Udp), f => f.TxBytes) > Payload);
            }

            return;
        }
    }

    private (End Left, End Right) Measure()
    {
        using var pair = new WireGuardPair();
        using var left = new Meter(pair.Left);
        using var right = new Meter(pair.Right);
        foreach (string to in new[] { WireGuardPair.RightIPv4, WireGuardPair.RightIPv6 })
        {
            Run(pair.Left.Space, "ping", "-c", $"{Pings}", "-i", "0.01", "-s", $"{PingBytes}", to);
            Iperf(pair, to);
            Iperf(pair, to, "-R");
            Iperf(pair, to, "-u");
        }

        left.WaitForQuiet();
        right.WaitForQuiet();
        return (left.End(), right.End());
    }

    private void Iperf(WireGuardPair pair, string to, params string[] more)
    {
        int port = ++_port;
        using Process server = Start(pair.Right.Space, "iperf3", ["-s", "-1", "-p", $"{port}"]);
        try
        {
            // What it says of itself stays in its buffer; its namespace's table tells when it listens (state 0A).
            string entry = $":{port:X4} 00000000000000000000000000000000:0000 0A";
            Assert.True(
                SpinWait.SpinUntil(
                    () => File.ReadAllText($"/proc/{server.Id}/net/tcp6").Contains(entry, StringComparison.Ordinal),
                    Deadline),
                "iperf3 does not listen.");
            Run(pair.Left.Space, "iperf3", ["-c", to, "-p", $"{port}", .. Amount, .. more]);
            Assert.True(server.WaitForExit(Deadline), "iperf3 goes on after its one client.");
        }
        finally
        {
            server.Kill();
        }
    }

    private static void Run(PrivateNamespace space, string program, params string[] arguments)
    {
        using Process process = Start(space, program, arguments);
        string said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(Deadline) && process.ExitCode == 0, $"{program}: {said}");
    }

    private static Process Start(PrivateNamespace space, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return space.Run(() => Process.Start(start)!);
    }

    /// <summary>The tunnel's own connections, without what each kernel says to its neighbours.</summary>
    private static TupleCounts[] InTunnel(IEnumerable<TupleCounts> flows)
    {
        IpAddr[] ends = [.. new[]
        {
            WireGuardPair.LeftIPv4, WireGuardPair.LeftIPv6, WireGuardPair.RightIPv4, WireGuardPair.RightIPv6,
        }.Select(IpAddr.Parse)];
        return [.. flows.Where(f => ends.Contains(f.SrcEndpoint.Address) && ends.Contains(f.DstEndpoint.Address))];
    }

    private static (ulong Tx, ulong Rx) Inside(End end) =>
        (Sum(InTunnel(end.Flows), f => f.TxPackets), Sum(InTunnel(end.Flows), f => f.RxPackets));

    private static string[] Texts(List<TupleCounts> flows, bool swap) =>
    [
        .. InTunnel(flows)
            .GroupBy(f => swap ? $"{f.Proto} {f.Dst} -> {f.Src}" : $"{f.Proto} {f.Src} -> {f.Dst}")
            .Select(g =>
            {
                string tx = $"{Sum(g, f => f.TxPackets)}/{Sum(g, f => f.TxBytes)}";
                string rx = $"{Sum(g, f => f.RxPackets)}/{Sum(g, f => f.RxBytes)}";
                return swap ? $"{g.Key} tx {rx} rx {tx}" : $"{g.Key} tx {tx} rx {rx}";
            })
            .Order(StringComparer.Ordinal),
    ];

    private static ulong Sum(IEnumerable<TupleCounts> flows, Func<TupleCounts, ulong> count) =>
        flows.Aggregate(0ul, (sum, flow) => sum + count(flow));

    /// <summary>What was counted at one end, and what the device counted meanwhile, at least and at most.</summary>
    private sealed record End(List<TupleCounts> Flows, LinkCounters Before, LinkCounters After);

    /// <summary>The flows of a device from an instant at which its counters are known.</summary>
    private sealed class Meter : IDisposable
    {
        private readonly NetworkNamespace _there;
        private readonly LinkClient _client;
        private readonly FlowRecorder _recorder;
        private readonly int _index;
        private readonly LinkCounters _start;

        internal Meter(WireGuardNode node)
        {
            _there = node.Space.Open();
            _client = LinkClient.Open(_there);
            _index = _client.GetLink(node.Device).Index;

            // Where a packet went by while the meter was put on, nobody can say whether it was counted.
            while (true)
            {
                _start = _client.ReadCounters(_index);
                _recorder = new FlowRecorder(node.Device, node.Space);
                if (_start == _client.ReadCounters(_index))
                {
                    return;
                }

                _recorder.Dispose();
            }
        }

        /// <summary>Waits until nothing has gone by for some windows.</summary>
        internal void WaitForQuiet()
        {
            const int Windows = 5;
            long start = Environment.TickCount64;
            LinkCounters last = _client.ReadCounters(_index);
            for (int quiet = 0; quiet < Windows; quiet++)
            {
                _recorder.WaitForWindow();
                LinkCounters now = _client.ReadCounters(_index);
                quiet = now == last ? quiet : -1;
                last = now;
                Assert.True(Environment.TickCount64 - start < Deadline.TotalMilliseconds, "It does not become quiet.");
            }
        }

        internal End End()
        {
            LinkCounters before = _client.ReadCounters(_index);
            List<TupleCounts> flows = _recorder.Stop();
            LinkCounters after = _client.ReadCounters(_index);
            return new End(
                flows,
                LinkCountersArithmetic.Increase(_start, before, out _),
                LinkCountersArithmetic.Increase(_start, after, out _));
        }

        public void Dispose()
        {
            _recorder.Dispose();
            _client.Dispose();
            _there.Dispose();
        }
    }
}
