using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using TunStats.Bench.Harness;
using TunStats.Capture;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.NetLog;

namespace TunStats.Bench.Cases;

/// <summary>
/// Flows as IPFIX over UDP to a socket that nobody reads, in a namespace of its own. softflowd does what we do: it
/// reads a capture, counts its flows and exports them.
/// </summary>
internal static class IpfixCases
{
    private const int Packets = 1_000_000;
    private const int Flows = 100_000;
    private const int Turns = 5;
    private const double MinRatio = 3;
    private const int Port = 4739;

    internal static IEnumerable<BenchCase> Create() =>
    [
        new BenchCase("ipfix: 1 M packets, 100,000 flows, capture to UDP", ">= 3 x softflowd", Export),
        new BenchCase("ipfix: messages to UDP", ">= 1 M records/s", _ => Send()),
        new BenchCase("ipfix: encoding, allocated", "0 B/record", _ => Allocation()),
    ];

    private static IpfixOptions Options => new()
    {
        Target = new IpfixTarget(IpfixTransport.Udp, "127.0.0.1", Port),
        Tunnel = "tun0",
        MaxMessagesPerSecond = 0,
    };

    private static Measurement Export(BenchEnvironment environment)
    {
        string softflowd = BenchEnvironment.Tool("softflowd");
        using var capture = new MixedCapture(environment, Packets, Flows);
        return AtCollector(() =>
        {
            double[] mine = new double[Turns], theirs = new double[Turns];
            long records = 0;
            for (int i = -1; i < Turns; i++)
            {
                theirs[Math.Max(i, 0)] = SecondsOf(softflowd, capture.Path);
                long start = Stopwatch.GetTimestamp();
                records = ExportOnce(capture.Path);
                mine[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            Array.Sort(mine);
            Array.Sort(theirs);
            double rate = records / mine[Turns / 2], other = Flows / theirs[Turns / 2];
            return new Measurement(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rate / other:0.0} x ({rate / 1000:0} and {other / 1000:0} k records/s)"),
                rate / other >= MinRatio);
        });
    }

    private static Measurement Send()
    {
        LogEntry[] entries = Entries(NetLogBenchData.Messages(Flows, 1000));
        return AtCollector(() =>
        {
            using var sink = new IpfixSink(Options);
            double best = 0;
            for (int i = 0; i < 20; i++)
            {
                long before = sink.Statistics.Flows, start = Stopwatch.GetTimestamp();
                sink.Write(entries, CancellationToken.None);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                best = Math.Max(best, (sink.Statistics.Flows - before) / seconds / 1e6);
            }

            return new Measurement(
                string.Create(CultureInfo.InvariantCulture, $"{best:0.0} M records/s"), best >= 1);
        });
    }

    private static Measurement Allocation()
    {
        NetLogMessage[] messages = NetLogBenchData.Messages(Flows, 1000);
        var exporter = new IpfixExporter(Options, new IpfixStatistics(), TimeProvider.System);
        exporter.Begin(new Nowhere());
        double bytes = SideBySide.BytesPerRound(
            rounds =>
            {
                for (int i = 0; i < rounds; i++)
                {
                    foreach (NetLogMessage message in messages)
                    {
                        exporter.Write(message, CancellationToken.None);
                    }
                }
            },
            5);
        return Measurement.Most(bytes / Flows, 0, "B/record");
    }

    /// <returns>The number of flow records.</returns>
    private static long ExportOnce(string path)
    {
        using var sink = new IpfixSink(Options);
        using CaptureReader reader = CaptureReader.Open(path);
        var builder = new NetLogMessageBuilder(new NetLogMessageOptions { IncludeExit = true });
        foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions()))
        {
            using (report)
            {
                builder.Add(report);
                LogEntry[] entries = Entries(builder.Build(report.Window.Start, report.Window.End));
                if (entries.Length > 0)
                {
                    sink.Write(entries, CancellationToken.None);
                }
            }
        }

        return sink.Statistics.Flows;
    }

    private static LogEntry[] Entries(IEnumerable<NetLogMessage> messages) =>
        [.. messages.Select((message, i) => new LogEntry("bench", i, message.EndTime, message, default))];

    private static double SecondsOf(string softflowd, string path)
    {
        string pid = Path.Combine(Path.GetTempPath(), $"tunstats-bench-{Environment.ProcessId}.pid");
        string[] arguments =
            ["-d", "-v", "10", "-m", $"{2 * Flows}", "-p", pid, "-c", "none", "-r", path, "-n", $"127.0.0.1:{Port}"];
        long start = Stopwatch.GetTimestamp();
        var how = new ProcessStartInfo(softflowd, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(how)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(start).TotalSeconds
            : throw new InvalidOperationException($"softflowd ended with {process.ExitCode}.");
    }

    /// <summary>Measures in a namespace with a loopback where a socket takes datagrams.</summary>
    private static Measurement AtCollector(Func<Measurement> measure)
    {
        using var space = new PrivateNamespace();
        using (LabLinks links = space.OpenLinks())
        {
            links.SetUp("lo");
        }

        return space.Run(() =>
        {
            using var collector = new UdpClient(new IPEndPoint(IPAddress.Loopback, Port));
            return measure();
        });
    }

    private sealed class Nowhere : IIpfixConnection
    {
        public bool IsLossy => true;

        public bool IsUsable => true;

        public void Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        {
        }

        public void Confirm(CancellationToken cancellationToken)
        {
        }

        public void Dispose()
        {
        }
    }
}
