using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Tests.Export;

/// <summary>Messages to export, what collectors should make of them, and a recording connection.</summary>
internal static class IpfixMessages
{
    internal static readonly NanoTime Start = NanoTime.Parse("2026-01-02T03:04:00.125Z");
    internal static readonly NanoTime End = NanoTime.Parse("2026-01-02T03:04:05.125Z");

    internal static IpfixOptions Options(string target = "127.0.0.1") => new()
    {
        Target = IpfixTarget.Parse(target),
        Tunnel = "tun0",
        ObservationDomain = 77,

        // A handshake takes its time on a busy machine.
        TimeLimit = TimeSpan.FromMinutes(10),
    };

    internal static ConnectionCounts Entry(
        byte protocol, string source, string destination, ulong txPackets, ulong txBytes, ulong rxPackets,
        ulong rxBytes) => new(
            protocol, AddrPort.Parse(source), AddrPort.Parse(destination),
            new FlowCounts(txPackets, txBytes, rxPackets, rxBytes));

    /// <summary>Every class, both families and both directions.</summary>
    internal static NetLogMessage Sample(bool withNodes = true) => new()
    {
        StartTime = Start,
        EndTime = End,
        SrcNode = withNodes ? Node("self.example", "100.64.0.1", "fd7a:115c:a1e0::1") : null,
        DstNodes = withNodes ? [Node("peer.example", "100.64.0.2"), Node("p\u00e9\u00e9r", "fd7a:115c:a1e0::2")] : [],
        VirtualTraffic = new[]
        {
            Entry(6, "100.64.0.1:4000", "100.64.0.2:443", 10, 1000, 20, 20000),
            Entry(17, "[fd7a:115c:a1e0::1]:53", "[fd7a:115c:a1e0::2]:5353", 1, 60, 0, 0),
        },
        SubnetTraffic = new[] { Entry(1, "100.64.0.1:0", "192.168.1.9:0", 0, 0, 3, 252) },
        ExitTraffic = new[] { Entry(6, "100.64.0.1:5000", "8.8.8.8:443", 5, 500, 6, 600) },
        PhysicalTraffic = new[] { Entry(0, "100.64.0.2:0", "203.0.113.9:41641", 30, 4000, 0, 5000) },
    };

    internal static NetLogNode Node(string name, params string[] addresses) =>
        new() { NodeId = $"n{name}", Name = name, Addresses = addresses };

    /// <summary>Many connections of both families.</summary>
    internal static NetLogMessage Many(int count) => new()
    {
        StartTime = Start,
        EndTime = End,
        VirtualTraffic = Enumerable.Range(0, count).Select(i => i % 4 == 3
            ? Entry(6, $"[fd00::{i + 1:x}]:{1000 + (i % 5000)}", "[2001:db8::1]:443", 1, (ulong)i + 1, 2, (ulong)i + 2)
            : Entry(17, $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}:1000", "192.0.2.1:53", 1, (ulong)i + 1, 0, 0))
            .ToArray(),
    };

    internal static LogEntry[] Entries(params NetLogMessage[] messages) =>
        [.. messages.Select((m, i) => new LogEntryWriter("test").Write(i + 1, m))];

    /// <summary>What a collector should know, a text a record: see <see cref="IpfixDecoder.Record.Flow"/>.</summary>
    internal static IEnumerable<string> Expected(NetLogMessage message) => NetLogMessage.Classes
        .SelectMany(message.Traffic)
        .SelectMany(e => new[]
        {
            Flow(e.ProtoNumber, e.SrcEndpoint, e.DstEndpoint, e.TxPackets, e.TxBytes),
            Flow(e.ProtoNumber, e.DstEndpoint, e.SrcEndpoint, e.RxPackets, e.RxBytes),
        })
        .OfType<string>();

    private static string? Flow(int protocol, AddrPort from, AddrPort to, ulong packets, ulong bytes) =>
        (packets | bytes) == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{protocol} {from.Address} {from.Port} {to.Address} {to.Port} {packets} {bytes}");

    /// <summary>A connection that keeps its messages, and fails when it is told to.</summary>
    internal sealed class Recorder(bool isLossy = true) : IIpfixConnection
    {
        internal List<byte[]> Messages { get; } = [];

        internal bool Keeps { get; set; } = true;

        public bool IsLossy => isLossy;

        public bool IsUsable => true;

        public void Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
            if (Keeps)
            {
                Messages.Add(message.ToArray());
            }
        }

        public void Confirm(CancellationToken cancellationToken)
        {
        }

        public void Dispose()
        {
        }

        internal IpfixDecoder Decode()
        {
            var decoder = new IpfixDecoder();
            Messages.ForEach(m => decoder.Read(m));
            return decoder;
        }
    }
}
