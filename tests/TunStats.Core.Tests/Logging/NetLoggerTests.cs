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
using TunStats.Peers;
using TunStats.Sessions;
using TunStats.Tests.Export;
using TunStats.Tests.Fakes;
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
            var peers = new FakePeerSource();
            var sink = new FakeLogSink();
            using var stop = new CancellationTokenSource();
            _observer.Then = _ => ring.Take();
            ring.OnClosed = n => Stop(stop, n == 2);
            using (NetLogger logger = Open(ring, [sink], peers: _ => peers))
            {
                Assert.Same(logger, Assert.Single(_registry.Running));
                toggled++;
                logger.Run(stop.Token);
                Assert.Empty(_registry.Running);
            }

            toggled += ring.IsDisposed && peers.IsDisposed && sink.IsDisposed ? 1 : 0;
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
    public void PhysicalTrafficIsInTheMessageOfItsWindow()
    {
        var ring = new PacedRing(_clock) { Packets = n => n == 0 ? 1 : 0 };
        Run(ring, 3, [], peers: _ => new FakePeerSource());

        NetLogMessage[] messages = [.. _observer.Messages];
        Assert.Single(messages[0].ExitTraffic);
        Assert.All(messages, message =>
        {
            ConnectionCounts entry = Assert.Single(message.PhysicalTraffic);
            Assert.Equal(("100.64.0.2:0", "192.0.2.2:41641", 0), (entry.Src, entry.Dst, entry.ProtoNumber));
            Assert.Equal((1000ul, 0ul, 0ul), (entry.TxBytes, entry.RxBytes, entry.TxPackets));
        });
        Assert.Empty(messages[1].ExitTraffic);
    }

    [Fact]
    public void PeersThatDoNotAnswerHoldUpNoWindowAndAreCountedLater()
    {
        using var blocked = new ManualResetEventSlim(initialState: true);
        var peers = new FakePeerSource { OnRead = stop => blocked.Wait(stop) };
        var ring = new PacedRing(_clock);
        int windows = 0;
        ring.OnClosed = n =>
        {
            if (n == 1)
            {
                blocked.Reset();
            }
        };
        _observer.Then = _ =>
        {
            ring.Take();
            if (++windows == 3)
            {
                blocked.Set();
            }
            else if (_observer.Messages.Any(m => m.PhysicalTraffic.Count > 0) && windows > 4)
            {
                _stop.Cancel();
            }
        };
        using NetLogger logger = Open(ring, [], peers: _ => peers, interval: TimeSpan.FromMilliseconds(50));
        logger.Run(_stop.Token);

        ulong seen = _observer.Messages.SelectMany(m => m.PhysicalTraffic).Aggregate(0ul, (sum, e) => sum + e.TxBytes);
        Assert.Equal(0ul, seen % 1000);
        Assert.Contains(_observer.Messages, m => m.PhysicalTraffic.Count == 0);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void LayerThatCannotBeReadIsOneWarningAndThatIsAbsentIsNone()
    {
        int looks = 0;
        var failing = new FakePeerSource
        {
            OnRead = _ =>
            {
                looks++;
                throw new TunStatsException(ErrorKind.PeersDenied, "The socket may not be used.");
            },
        };
        Run(new PacedRing(_clock), 5, [], peers: _ => failing);
        Assert.Equal(
            "tun0: the physical traffic cannot be read: The socket may not be used.",
            Assert.Single(_observer.Warnings));
        Assert.True(looks >= 5);
    }

    [Fact]
    public void AbsentLayerIsSearchedForAgainAndCountsFromItsFirstLook()
    {
        int searches = 0;
        var peers = new FakePeerSource();
        Run(new PacedRing(_clock), 20, [], peers: _ => ++searches == 3 ? peers : null);

        // The third search is after 30 s, which are 6 windows; its look is the one that later ones are compared with.
        Assert.Equal(3, searches);
        Assert.Empty(_observer.Warnings);
        Assert.All(_observer.Messages.Take(5), m => Assert.Empty(m.PhysicalTraffic));
        Assert.All(_observer.Messages.Skip(10).Take(9), m => Assert.Single(m.PhysicalTraffic));
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
        Assert.Equal(status.Messages, status.Dropped);
    }

    [Fact]
    public void TenThousandWindowsTakeNoMoreMemoryThanOneThousand()
    {
        long early = 0, late = 0;
        var ring = new PacedRing(_clock) { Packets = _ => 20 };
        var observer = new RecordingObserver { KeepsMessages = false };
        long windows = 0;
        observer.Then = _ =>
        {
            ring.Take();
            if (++windows is 1_000)
            {
                early = GC.GetTotalMemory(forceFullCollection: true);
            }
            else if (windows == 10_000)
            {
                late = GC.GetTotalMemory(forceFullCollection: true);
                _stop.Cancel();
            }
        };
        var sink = new CountingSink();
        using NetLogger logger = Open(ring, [sink], peers: _ => new FakePeerSource(), observer: observer);
        logger.Run(_stop.Token);

        Assert.True(sink.Messages >= 10_000);
        Assert.Equal(logger.Status.Messages, sink.Messages);
        Assert.Equal(0, logger.Status.Dropped);
        Assert.True(late - early < 1 << 20, $"{late - early} bytes more after 9,000 further windows");
    }

    [Fact]
    public void MetricsTellOfTheLoggerAndItsSinks()
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

    private NetLoggerStatus Run(
        PacedRing ring,
        long windows,
        IReadOnlyList<ILogSink> sinks,
        Func<string, IPeerSource?>? peers = null)
    {
        Prepare(ring, windows);
        using NetLogger logger = Open(ring, sinks, peers);
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
        Func<string, IPeerSource?>? peers = null,
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
            sink => FlowSession.Of(flows, sink, _clock, new DeviceFlowSource(ring, flows, _clock)),
            peers is null ? null : (_, sink) => PeersOf(peers, sink));
    }

    private PeerPoller PeersOf(Func<string, IPeerSource?> open, IPeerPollerSink sink)
    {
        var devices = new FakePeerDevices(open);
        devices.Add("tun0", 7);
        var options = new PeerPollerOptions { Names = ["tun0"], Interval = TimeSpan.FromDays(1) };
        return new PeerPoller(options, sink, _clock, devices);
    }

    private sealed class CountingSink : ILogSink
    {
        public string Name => "count";

        public bool UsesMessages => true;

        internal long Messages { get; private set; }

        public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken) =>
            Messages += batch.Count;

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
