using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using TunStats.Bench.Harness;
using TunStats.Export;

namespace TunStats.Bench.Cases;

/// <summary>
/// Messages of 10 connections through the queue and each sink: into a file, with and without a spool before it, and by
/// HTTP with gzip to a collector in this process that only reads.
/// </summary>
internal static class SinkCases
{
    private const int Messages = 50_000;
    private const int Connections = 10;
    private const int Turns = 5;

    internal static IEnumerable<BenchCase> Create() =>
    [
        new BenchCase("sinks: messages to a file", ">= 100 k messages/s", _ => Measure(100, ToFile)),
        new BenchCase("sinks: messages to a file by a spool", ">= 20 k messages/s", _ => Measure(20, ToSpooledFile)),
        new BenchCase("sinks: messages over HTTP, gzip", ">= 20 k messages/s", _ => Measure(20, OverHttp)),
    ];

    private static ILogSink ToFile(string folder, Uri collector) =>
        FileSink.Open(new FileSinkOptions { Path = Path.Combine(folder, "log") }, TimeProvider.System);

    private static SpooledSink ToSpooledFile(string folder, Uri collector) => new(
        ToFile(folder, collector),
        LogSpool.Open(new SpoolOptions { Directory = Path.Combine(folder, "spool") }),
        TimeProvider.System);

    private static ILogSink OverHttp(string folder, Uri collector) =>
        HttpSink.Open(new HttpSinkOptions { Uri = collector }, TimeProvider.System);

    private static Measurement Measure(double goal, Func<string, Uri, ILogSink> open)
    {
        var writer = new LogEntryWriter("bench");
        LogEntry[] entries =
        [
            .. NetLogBenchData.Messages(Messages * Connections, Connections).Select((m, i) => writer.Write(i + 1, m)),
        ];
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        new Thread(() => Serve(listener)) { IsBackground = true }.Start();
        var uri = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        double best = 0;
        for (int i = 0; i < Turns; i++)
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("tunstats-bench-sink-");
            try
            {
                using var queue = new SinkQueue(
                    open(folder.FullName, uri),
                    TimeProvider.System,
                    new SinkQueueOptions { MaxMessages = Messages, MaxBytes = long.MaxValue });
                long start = Stopwatch.GetTimestamp();
                Array.ForEach(entries, entry => queue.TryAdd(entry));
                queue.Complete(TimeSpan.FromMinutes(1));
                best = Math.Max(best, queue.Status.SentMessages / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e3);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        return new Measurement(
            string.Create(CultureInfo.InvariantCulture, $"{best:0} k messages/s"), best >= goal);
    }

    /// <summary>Reads requests and answers each with 204, on one connection after the other.</summary>
    private static void Serve(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using Socket socket = listener.AcceptSocket();
                using var stream = new BufferedStream(new NetworkStream(socket), 256 * 1024);
                byte[] body = new byte[16 * 1024 * 1024];
                while (ReadHead(stream) is { } length)
                {
                    stream.ReadExactly(body, 0, length);
                    stream.Write("HTTP/1.1 204 x\r\n\r\n"u8);
                    stream.Flush();
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    /// <returns>The length of the body; null at the end of the connection.</returns>
    private static int? ReadHead(Stream stream)
    {
        const string Name = "Content-Length: ";
        int length = 0;
        var line = new StringBuilder();
        for (int c; (c = stream.ReadByte()) >= 0;)
        {
            if (c != '\n')
            {
                line.Append((char)c);
                continue;
            }

            string text = line.ToString().TrimEnd('\r');
            line.Clear();
            if (text.Length == 0)
            {
                return length;
            }

            length = text.StartsWith(Name, StringComparison.Ordinal)
                ? int.Parse(text.AsSpan(Name.Length), NumberStyles.None, null)
                : length;
        }

        return null;
    }
}
