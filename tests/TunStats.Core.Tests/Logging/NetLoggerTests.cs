using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Export;
using TunStats.Interop;
using TunStats.Logging;
using TunStats.Metrics;
using TunStats.NetLog;
using TunStats.Sessions;
using TunStats.Tests.Export;
using TunStats.Tests.Fakes;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Logging;

/// <summary>A logger over fake devices, peers and sinks, on a clock that tests move.</summary>
public sealed class NetLoggerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly NetLoggers _registry = new();
    private readonly RecordingObserver _observer = new();
    private readonly CancellationTokenSource _stop = new();

    [Fact]
    public void WindowsWithTrafficAreMessagesInSequenceAndOthersAreNot()
    {
        var sink = new FakeLogSink();
        NetLoggerStatus status = Run(new PacedRing(_clock) { Packets = n => n % 2 == 0 ? 2 : 0 }, 10, [sink]);

        Assert.Equal([1L, 2, 3, 4, 5], sink.Sequences.Take(5));
        NetLogMessage[] messages = [.. _observer.Messages];
        Assert.All(messages, m => Assert.Equal(2, m.EntryCount));
        Assert.All(messages, m => Assert.Equal(TimeSpan.FromSeconds(5), m.Duration));
        for (int i = 1; i < 5; i++)
        {
            Assert.Equal(messages[i - 1].Start + TimeSpan.FromSeconds(10), messages[i].Start);
        }

        Assert.True(status.Windows >= 10, $"{status.Windows} windows");
        Assert.Equal(messages.Length, status.Messages);
        Assert.Equal(messages.Length * 2, status.Flows);
        Assert.Equal(sink.Taken.Sum(e => e.Line.Length), status.Bytes);
        Assert.Equal(status.Messages, status.Sinks[0].SentMessages);
        Assert.StartsWith($$"""{"logger":"{{status.LoggerId}}","sequence":1,"logs":[{"start":""", sink.Lines.First());
        Assert.True(sink.IsDisposed);
    }

    /// <summary>The test of the original: what is started is stopped, each time.</summary>
    [Fact]
    public void StartingAndStoppingTenTimesLeavesNothing()
    {
        int toggled = 0;
        for (int i = 0; i < 10; i++)
        {
            var ring = new PacedRing(_clock);
            var sink = new FakeLogSink();
            using var stop = new CancellationTokenSource();
            _observer.Then = _ => ring.Take();
            ring.OnClosed = n => Stop(stop, n == 2);
            using (NetLogger logger = Open(ring, [sink]))
            {
                Assert.Same(logger, Assert.Single(_registry.Running));
                toggled++;
                logger.Run(stop.Token);
                Assert.Empty(_registry.Running);
            }

            toggled += ring.IsDisposed && sink.IsDisposed ? 1 : 0;
            Assert.Equal(2 * (i + 1), toggled);
        }

        static void Stop(CancellationTokenSource stop, bool isTime)
        {
            if (isTime)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void SecondLoggerOfADeviceIsAnErrorThatNamesTheFirst()
    {
        using NetLogger first = Open(new PacedRing(_clock), [], name: "office");
        var sink = new FakeLogSink();

        TunStatsException error = Assert.Throws<TunStatsException>(() => Open(new PacedRing(_clock), [sink]));

        Assert.Equal((ErrorKind.AlreadyLogged, "tun0"), (error.Kind, error.Input));
        Assert.Equal(
            "'tun0' is already logged by 'office', since 2026-01-02 03:04:05 UTC. Stop that logger first, or name "
            + "another device.",
            error.Message);
        FakeLogSink.WaitFor(() => sink.IsDisposed);
        Assert.Same(first, Assert.Single(_registry.Running));
        first.Dispose();
        Open(new PacedRing(_clock), []).Dispose();
    }

    [Fact]
    public void SinkThatBlocksHoldsUpNothingAndTheStopEndsIt()
    {
        var blocked = new FakeLogSink
        {
            OnWrite = (_, stop) =>
            {
                stop.WaitHandle.WaitOne();
                stop.ThrowIfCancellationRequested();
                return 0;
            },
        };
        var working = new FakeLogSink();
        var ring = new PacedRing(_clock);
        Prepare(ring, 50);
        using NetLogger logger = Open(ring, [blocked, working], stopLimit: TimeSpan.FromMilliseconds(50));
        var time = new Thread(() =>
        {
            // The limit of the stop is on this clock, too.
            FakeLogSink.WaitFor(() => working.IsDisposed && blocked.IsDisposed, _clock);
        });
        ring.OnClosed += n =>
        {
            if (n == 50)
            {
                time.Start();
            }
        };
        logger.Run(_stop.Token);
        Assert.True(time.Join(Long));

        NetLoggerStatus status = logger.Status;
        Assert.Equal(status.Messages, status.Sinks[1].SentMessages);
        Assert.Equal(status.Messages, status.Sinks[0].Drops.Stopped);
        Assert.Equal((status.Messages, 0), (status.Dropped, status.Queued));
        Assert.Equal([$"fake: {status.Messages} messages were not delivered."], _observer.Warnings);
    }

    [Fact]
    public void TenThousandWindowsTakeNoMoreMemoryThanOneThousand()
    {
        long early = 0, late = 0;
        var ring = new PacedRing(_clock) { Packets = _ => 20 };
        var observer = new RecordingObserver { KeepsMessages = false };
        var sink = new CountingSink();
        long windows = 0;
        observer.Then = _ =>
        {
            ring.Take();
            if (++windows is 1_000 or 10_000)
            {
                FakeLogSink.WaitFor(() => sink.Messages == windows);
            }

            if (windows == 1_000)
            {
                early = HeldMemory();
            }
            else if (windows == 10_000)
            {
                late = HeldMemory();
                _stop.Cancel();
            }
        };
        using NetLogger logger = Open(ring, [sink], observer: observer);
        logger.Run(_stop.Token);

        Assert.True(sink.Messages >= 10_000);
        Assert.Equal(logger.Status.Messages, sink.Messages);
        Assert.Equal(0, logger.Status.Dropped);

        // What earlier tests left in the process may grow by a MiB or two meanwhile; one message kept of each window
        // would be twice this bound.
        Assert.True(late - early < 4 << 20, $"{late - early} bytes more after 9,000 further windows");
    }

    [Fact]
    public void MetricsReportTheLoggerAndItsSinks()
    {
        var ring = new PacedRing(_clock) { Packets = n => n < 2 ? 3 : 0 };
        var sink = new FakeLogSink();
        Prepare(ring, 4);
        using NetLogger logger = Open(ring, [sink], name: "a \"name\"");
        logger.Run(_stop.Token);
        string text = Encoding.UTF8.GetString(logger.Metrics.ToUtf8(MetricsFormat.Prometheus));

        const string Labels = """{logger="a \"name\"",device="tun0"}""";
        string ofSink = """logger="a \"name\"",device="tun0",sink="fake" """.Trim();
        string[] lines = text.Split('\n');
        Assert.Contains("# TYPE tunstats_logger_windows_total counter", lines);
        Assert.Contains($"tunstats_logger_windows_total{Labels} {logger.Status.Windows}", lines);
        Assert.Contains($"tunstats_logger_flows_total{Labels} 6", lines);
        Assert.Contains($"tunstats_logger_messages_total{Labels} 2", lines);
        Assert.Contains($"tunstats_logger_sink_messages_total{{{ofSink}}} 2", lines);
        Assert.Contains($"tunstats_logger_sink_dropped_messages_total{{{ofSink},cause=\"queue_full\"}} 0", lines);
        string open = Encoding.UTF8.GetString(logger.Metrics.ToUtf8(MetricsFormat.OpenMetrics));
        Assert.EndsWith("# EOF\n", open, StringComparison.Ordinal);
    }

    [ToolFact("promtool")]
    public void PromtoolFindsNoFaultWithTheMetrics()
    {
        var ring = new PacedRing(_clock);
        Prepare(ring, 3);
        using NetLogger logger = Open(ring, [new FakeLogSink(), new CountingSink()], name: "a \"name\"");
        logger.Run(_stop.Token);
        logger.Output = () => new SinkStatus { Name = "pipeline", Drops = new SinkDrops(QueueFull: 3) };
        byte[] text = logger.Metrics.ToUtf8(MetricsFormat.Prometheus);
        Assert.Contains("sink=\"pipeline\",cause=\"queue_full\"} 3", Encoding.UTF8.GetString(text));
        Assert.Equal((0, ""), Promtool.Check(text));
    }

    /// <summary>What is held, without what other threads allocate just now.</summary>
    private static long HeldMemory() =>
        Enumerable.Range(0, 10).Min(_ => GC.GetTotalMemory(forceFullCollection: true));

    private NetLoggerStatus Run(PacedRing ring, long windows, IReadOnlyList<ILogSink> sinks)
    {
        Prepare(ring, windows);
        using NetLogger logger = Open(ring, sinks);
        logger.Run(_stop.Token);
        return logger.Status;
    }

    /// <summary>Stops after so many windows.</summary>
    private void Prepare(PacedRing ring, long windows)
    {
        _observer.Then = _ => ring.Take();
        ring.OnClosed = n =>
        {
            if (n == windows)
            {
                _stop.Cancel();
            }
        };
    }

    private NetLogger Open(
        PacedRing ring,
        IReadOnlyList<ILogSink> sinks,
        string name = "",
        TimeSpan? interval = null,
        TimeSpan? stopLimit = null,
        RecordingObserver? observer = null)
    {
        var flows = new FlowSessionOptions
        {
            Inputs = [],
            Interval = interval ?? FlowSessionOptions.DefaultDuration,
            IsContinuous = true,
        };
        return NetLogger.Open(
            new NetLoggerOptions
            {
                Flows = flows,
                Messages = new NetLogMessageOptions { IncludeExit = true },
                Name = name,
                Sinks = sinks,
                StopLimit = stopLimit ?? NetLoggerOptions.DefaultStopLimit,
            },
            observer ?? _observer,
            _registry,
            _clock,
            (_, sink) => FlowSession.Of(flows, sink, _clock, new DeviceFlowSource(ring, flows, _clock)));
    }

    private sealed class CountingSink : ILogSink
    {
        private long _messages;

        public string Name => "count";

        public bool UsesMessages => true;

        internal long Messages => Interlocked.Read(ref _messages);

        public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken) =>
            Interlocked.Add(ref _messages, batch.Count);

        public void Flush(CancellationToken cancellationToken)
        {
            // Nothing is held back.
        }

        public void Reopen()
        {
            // There is no file.
        }

        public void Dispose()
        {
            // Nothing is open.
        }
    }
}
