using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Lab;

/// <summary>
/// <c>TunStats.Lab --log-file FILE</c>: a logger without a device. A number on standard input adds so many small
/// messages; <c>load</c> adds messages of any size as fast as the file takes them until the process is killed. After
/// each line, and all the time under load, it says on standard output: the logger's id, messages written, queued and
/// dropped.
/// </summary>
internal static class LogWriter
{
    private const int Queue = 100;
    private const int MostConnections = 300;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(5);

    internal static int Run(string path)
    {
        string id = Guid.NewGuid().ToString("N");
        var writer = new LogEntryWriter(id);
        var random = new Random();
        FileSink sink = FileSink.Open(
            new FileSinkOptions { Path = path, MaxFileSize = 1024 * 1024 }, TimeProvider.System);
        using var queue = new SinkQueue(sink, TimeProvider.System, new SinkQueueOptions
        {
            MaxMessages = Queue,
            MinRetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(50),
        });
        long sequence = 0;
        while (Console.In.ReadLine() is { } line)
        {
            if (line == "load")
            {
                Load();
            }

            for (int i = int.Parse(line, CultureInfo.InvariantCulture); i > 0; i--)
            {
                Add(1);
            }

            Report();
        }

        return queue.Complete(TimeSpan.FromSeconds(10)) == 0 ? 0 : 1;

        void Load()
        {
            long reported = 0;
            while (true)
            {
                while (queue.Status.QueuedMessages >= Queue)
                {
                    Thread.Yield();
                }

                Add(random.Next(1, MostConnections));
                if (reported == 0 || TimeProvider.System.GetElapsedTime(reported) > ReportInterval)
                {
                    reported = TimeProvider.System.GetTimestamp();
                    Report();
                }
            }
        }

        void Add(int connections) => queue.TryAdd(writer.Write(++sequence, Message(connections)));

        void Report()
        {
            SinkStatus status = queue.Status;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{id} {status.SentMessages} {status.QueuedMessages} {status.Drops.Total}"));
        }
    }

    private static NetLogMessage Message(int connections) => new()
    {
        Start = DateTime.UtcNow,
        End = DateTime.UtcNow,
        VirtualTraffic = [.. Enumerable.Range(1, connections).Select(port => new ConnectionCounts(
            6, AddrPort.Parse($"100.64.0.1:{port}"), AddrPort.Parse("100.64.0.2:443"), new FlowCounts(1, 2, 3, 4)))],
    };
}
