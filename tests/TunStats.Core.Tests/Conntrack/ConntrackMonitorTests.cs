using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using TunStats.Sessions;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Conntrack;

/// <summary>Windows from dumps and events that a fake kernel sends.</summary>
public sealed class ConntrackMonitorTests : IDisposable
{
    private const string A = "10.0.0.1:1000";
    private const string B = "10.0.0.2:53";

    private readonly FakeNetlinkSocket _tables = new();
    private readonly FakeNetlinkSocket _events = new();
    private readonly ManualTimeProvider _time = new();

    // What the table holds at each dump, and what happens while it is taken.
    private readonly Queue<Func<uint, byte[][]>> _dumps = new();
    private ConntrackMonitor? _monitor;

    public ConntrackMonitorTests() => _tables.OnSend = (socket, datagram) =>
    {
        uint sequence = FakeNetlinkSocket.SequenceOf(datagram);
        byte[][] entries = _dumps.TryDequeue(out Func<uint, byte[][]>? next) ? next(sequence) : [];
        socket.Queue([.. entries, NetlinkBytes.Done(sequence, socket.PortId)]);
    };

    public void Dispose() => _monitor?.Dispose();

    [Fact]
    public void WindowHoldsWhatWasAddedSinceTheLastLook()
    {
        Dump([10, 1000, 5, 500]);
        Dump([13, 1300, 5, 500]);
        Dump([13, 1300, 6, 600]);
        ConntrackMonitor monitor = Start();
        Assert.Equal(new FlowCounts(3, 300, 0, 0), Assert.Single(Look(monitor).Flows).Counts);
        Assert.Equal(new FlowCounts(0, 0, 1, 100), Assert.Single(Look(monitor).Flows).Counts);
    }

    [Fact]
    public void ConnectionThatBeganAndEndedBetweenLooksIsCounted()
    {
        ConntrackMonitor monitor = Start();
        End([2, 120, 1, 60]);
        ConntrackWindow window = Look(monitor);
        TupleCounts flow = Assert.Single(window.Flows);
        Assert.Equal((A, B, 17), (flow.Src, flow.Dst, flow.ProtoNumber));
        Assert.Equal(new FlowCounts(2, 120, 1, 60), flow.Counts);
        Assert.Equal(FlowInitiator.Local, flow.OpenedBy);
        Assert.Null(flow.Nat);
        Assert.Empty(Look(monitor).Flows);
    }

    [Fact]
    public void EndOfAKnownConnectionAddsWhatItsLastLookLacked()
    {
        Dump([10, 1000, 5, 500]);
        ConntrackMonitor monitor = Start();
        End([12, 1200, 6, 600]);
        Assert.Equal(new FlowCounts(2, 200, 1, 100), Assert.Single(Look(monitor).Flows).Counts);
        Assert.Empty(Look(monitor).Flows);
    }

    [Fact]
    public void ConnectionThatEndsDuringTheDumpIsCountedOnce()
    {
        Dump([10, 1000, 0, 0]);
        _dumps.Enqueue(sequence =>
        {
            End([12, 1200, 0, 0]);
            return [Entry(sequence, [11, 1100, 0, 0])];
        });
        ConntrackMonitor monitor = Start();
        Assert.Equal(new FlowCounts(2, 200, 0, 0), Assert.Single(Look(monitor).Flows).Counts);
        Assert.Empty(Look(monitor).Flows);
    }

    [Fact]
    public void SameTupleWithAnotherIdIsAnotherConnection()
    {
        Dump([10, 1000, 0, 0]);
        Dump([3, 300, 0, 0], id: 2);
        ConntrackMonitor monitor = Start();
        End([11, 1100, 0, 0]);
        ConntrackWindow window = Look(monitor);
        Assert.Equal(new FlowCounts(4, 400, 0, 0), Assert.Single(window.Flows).Counts);
        Assert.Equal(0, window.UnseenEnds);
    }

    [Fact]
    public void SameTupleAndIdReusedWithinAWindowLosesNothingAndDoublesNothing()
    {
        Dump([10, 1000, 0, 0]);
        Dump([3, 300, 0, 0]);
        Dump([5, 500, 0, 0]);
        ConntrackMonitor monitor = Start();
        End([11, 1100, 0, 0]);
        ulong sum = 0;
        for (int i = 0; i < 2; i++)
        {
            sum += Look(monitor).Flows.Aggregate(0ul, (total, flow) => total + flow.TxPackets);
        }

        Assert.Equal(1ul + 5, sum);
    }

    [Fact]
    public void ConnectionOfTheDumpThatEndedAndWhoseSuccessorEndedTooIsCountedOnce()
    {
        Dump([10, 1000, 0, 0]);
        _dumps.Enqueue(sequence =>
        {
            // Between the dump and the taking of events the tuple ends, begins again and ends again.
            End([12, 1200, 0, 0]);
            End([3, 300, 0, 0], id: 2);
            return [Entry(sequence, [11, 1100, 0, 0])];
        });
        Dump([1, 100, 0, 0], id: 3);
        ConntrackMonitor monitor = Start();
        Assert.Equal(new FlowCounts(2 + 3, 500, 0, 0), Assert.Single(Look(monitor).Flows).Counts);
        ConntrackWindow next = Look(monitor);
        Assert.Equal(new FlowCounts(1, 100, 0, 0), Assert.Single(next.Flows).Counts);
        Assert.Equal(0, next.UnseenEnds);
    }

    [Fact]
    public void CountersThatWereResetCountFromZero()
    {
        Dump([10, 1000, 5, 500]);
        Dump([2, 200, 1, 100]);
        Assert.Equal(new FlowCounts(2, 200, 1, 100), Assert.Single(Look(Start()).Flows).Counts);
    }

    [Fact]
    public void EndWithoutAnEventIsReportedInItsWindow()
    {
        Dump([10, 1000, 5, 500]);
        ConntrackMonitor monitor = Start();
        Assert.Equal(1, Look(monitor).UnseenEnds);
        Assert.Equal(0, Look(monitor).UnseenEnds);
    }

    [Fact]
    public void DumpThatMissesAConnectionOnceIsReadAgain()
    {
        Dump([10, 1000, 5, 500]);
        _dumps.Enqueue(_ => []);
        Dump([12, 1200, 5, 500]);
        ConntrackWindow window = Look(Start());
        Assert.Equal(new FlowCounts(2, 200, 0, 0), Assert.Single(window.Flows).Counts);
        Assert.Equal(0, window.UnseenEnds);
    }

    [Fact]
    public void EndsOfConnectionsThatTheFilterRefusesAreNotReported()
    {
        Dump([10, 1000, 5, 500]);
        Assert.Equal(0, Look(Start(new ConntrackOptions { Filter = _ => false })).UnseenEnds);
    }

    [Fact]
    public void LongWindowKeepsWhatWasReadBeforeAnEndWithoutAnEvent()
    {
        _events.OnWait = time => _time.Advance(time);
        Dump([10, 1000, 0, 0]);
        Dump([13, 1300, 0, 0]);
        Dump([15, 1500, 0, 0]);
        ConntrackWindow window = Start().Collect(TimeSpan.FromSeconds(20));
        Assert.Equal(new FlowCounts(5, 500, 0, 0), Assert.Single(window.Flows).Counts);
        Assert.Equal((1, 20), (window.UnseenEnds, (int)window.Window.End.SecondsSince(window.Window.Start)));

        // At the start, after 5, 10 and 15 s, and at the end.
        Assert.Equal(5, _tables.Sent.Count);
    }

    [Fact]
    public void ReadingsOfALargeTableAreRarer()
    {
        _events.OnWait = time => _time.Advance(time);
        for (int i = 0; i < 20; i++)
        {
            _dumps.Enqueue(sequence =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return [Entry(sequence, [1, 100, 0, 0])];
            });
        }

        _ = Start().Collect(TimeSpan.FromSeconds(40));
        Assert.Equal(3, _tables.Sent.Count);
    }

    [Fact]
    public void EventThatComesAfterTwoReadingsLackedItsConnectionIsCountedOnce()
    {
        _events.OnWait = time => _time.Advance(time);
        Dump([10, 1000, 0, 0]);
        _dumps.Enqueue(_ => []);
        _dumps.Enqueue(_ => []);
        _dumps.Enqueue(_ =>
        {
            End([12, 1200, 0, 0]);
            return [];
        });
        ConntrackWindow window = Start().Collect(TimeSpan.FromSeconds(20));
        Assert.Equal(new FlowCounts(2, 200, 0, 0), Assert.Single(window.Flows).Counts);
        Assert.Equal(0, window.UnseenEnds);
    }

    [Fact]
    public void TupleAndIdThatBeginAgainWithinALongWindowAreCountedOnce()
    {
        _events.OnWait = time => _time.Advance(time);
        Dump([10, 1000, 0, 0]);
        _dumps.Enqueue(sequence =>
        {
            End([11, 1100, 0, 0]);
            return [Entry(sequence, [11, 1100, 0, 0])];
        });
        Dump([3, 300, 0, 0]);
        Dump([5, 500, 0, 0]);
        Dump([5, 500, 0, 0]);
        ConntrackWindow window = Start().Collect(TimeSpan.FromSeconds(20));
        Assert.Equal(new FlowCounts(1 + 5, 600, 0, 0), Assert.Single(window.Flows).Counts);
        Assert.Equal(0, window.UnseenEnds);
    }

    [Theory]
    [InlineData("0", "0", 1)]
    [InlineData("1", "0", 1)]
    [InlineData("2", "1", 0)]
    [InlineData(null, null, 0)]
    public void SessionWarnsOfEndsWithoutAnEventAndOfASwitchThatIsOff(string? before, string? after, int warnings)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, before ?? "");
            using SafeFileDescriptor file = Libc.OpenFile(before is null ? path + ".missing" : path, 0);
            _events.OnWait = time => _time.Advance(time);
            Dump([10, 1000, 0, 0]);
            _dumps.Enqueue(_ =>
            {
                File.WriteAllText(path, after ?? "");
                return [];
            });
            using var monitor = new ConntrackMonitor(
                new NetlinkConnection(_tables), new NetlinkConnection(_events), null, _time, file);
            FlowQueue.Item[] items = [.. RunSession(monitor, TimeSpan.FromSeconds(1))];
            Assert.Equal(warnings, Count("nf_conntrack_events is 0"));
            Assert.Equal(1, Count("1 connection ended without an event"));

            int Count(string part) => items.Count(
                item => item.Warning?.Contains(part, StringComparison.Ordinal) == true);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void LostEventsAreReported()
    {
        ConntrackMonitor monitor = Start();
        _events.QueueError(new NetlinkException(ErrorKind.NetlinkOverrun, "full", Errno.ENOBUFS, null));
        End([1, 100, 0, 0]);
        ConntrackWindow window = Look(monitor);
        Assert.Equal((1, 1), (window.EventLosses, window.Flows.Count));
        Assert.Equal(0, Look(monitor).EventLosses);
    }

    [Fact]
    public void NewcomersBeyondTheBoundAreCountedTogether()
    {
        ConntrackMonitor monitor = Start(new ConntrackOptions { MaxConnections = 2 });
        for (int i = 1; i <= 5; i++)
        {
            End([1, 100, 0, 0], source: $"10.0.0.1:{i}");
        }

        ConntrackWindow window = Look(monitor);
        Assert.Equal(2, window.Flows.Count);
        Assert.Equal((3L, new FlowCounts(3, 300, 0, 0)), (window.OverflowConnections, window.Overflow));
    }

    [Fact]
    public void ZonesKeepEqualTuplesApart()
    {
        ConntrackMonitor monitor = Start();
        End([1, 100, 0, 0], zone: 0);
        End([2, 200, 0, 0], zone: 7);
        Assert.Equal(
            [(0, 1ul), (7, 2ul)],
            Look(monitor).Flows.Select(f => (f.ConntrackZone!.Value, f.TxPackets)).Order());
    }

    [Fact]
    public void TranslationShowsBothTuples()
    {
        ConntrackMonitor monitor = Start();
        _events.Queue(ConntrackBytes.Entry(
            ConntrackBytes.Delete, 0, 0, A, B, [1, 100, 1, 90], replySource: "192.0.2.9:5353",
            replyDestination: "198.51.100.1:4000"));
        TupleCounts flow = Assert.Single(Look(monitor).Flows);
        Assert.Equal((A, B), (flow.Src, flow.Dst));
        Assert.Equal("198.51.100.1:4000 -> 192.0.2.9:5353", flow.Nat!.ToString());
    }

    [Fact]
    public void IncomingConnectionIsTurnedToThisNodesSide()
    {
        var node = IpAddr.Parse("10.0.0.2");
        ConntrackMonitor monitor = Start(new ConntrackOptions { IsLocal = address => address == node });
        End([3, 300, 2, 200]);
        TupleCounts flow = Assert.Single(Look(monitor).Flows);
        Assert.Equal((B, A, FlowInitiator.Remote), (flow.Src, flow.Dst, flow.OpenedBy));
        Assert.Equal(new FlowCounts(2, 200, 3, 300), flow.Counts);
    }

    [Fact]
    public void PingsOfOnePairAreOneEntryWithoutPorts()
    {
        ConntrackMonitor monitor = Start();
        foreach (int id in new[] { 11, 12 })
        {
            _events.Queue(ConntrackBytes.Entry(
                ConntrackBytes.Delete, 0, 0, $"10.0.0.1:{id}", $"10.0.0.2:{id}", [1, 84, 1, 84], protocol: 1));
        }

        TupleCounts flow = Assert.Single(Look(monitor).Flows);
        Assert.Equal("ICMPv4 10.0.0.1:0 -> 10.0.0.2:0 tx 2/168 rx 2/168", flow.ToString());
        Assert.Null(flow.Nat);
    }

    [Fact]
    public void FilterLeavesConnectionsOut()
    {
        ConntrackMonitor monitor = Start(new ConntrackOptions { Filter = tuple => tuple.Source.Port == 2 });
        End([1, 100, 0, 0], source: "10.0.0.1:1");
        End([1, 100, 0, 0], source: "10.0.0.1:2");
        Assert.Equal(2, Assert.Single(Look(monitor).Flows).SourcePort);
    }

    [Fact]
    public void TableShowsCountsSinceEachConnectionBegan()
    {
        _dumps.Enqueue(sequence => [Entry(sequence, [10, 1000, 5, 500]), Entry(sequence, [], id: 5, zone: 3)]);
        ConntrackWindow table = Open().ReadTable();
        Assert.Equal(new FlowCounts(10, 1000, 5, 500), Assert.Single(table.Flows).Counts);
        Assert.Equal(1, table.Uncounted);
    }

    [Fact]
    public void CancelledWindowIsHandedOut()
    {
        ConntrackMonitor monitor = Start();
        End([1, 100, 0, 0]);
        ConntrackWindow window = monitor.Collect(Timeout.InfiniteTimeSpan, new CancellationToken(canceled: true));
        Assert.Single(window.Flows);
    }

    [Theory]
    [InlineData(0.1, new[] { 0.5, 1, 1.5, 2, 2.5, 3 }, 0)]
    [InlineData(0.45, new[] { 0.5, 1, 1.5, 2, 2.5, 3 }, 0)]
    [InlineData(0.7, new[] { 0.5, 1.5, 2.5, 3 + 0.2 }, 4)]
    public void WindowsAreCutAtTheirGridHoweverLongTheTableIsRead(double reading, double[] ends, int warnings)
    {
        ulong sent = 0;
        _events.OnWait = time => _time.Advance(time);
        using ConntrackMonitor monitor = Open();
        DateTime start = _time.GetUtcNow().UtcDateTime;
        for (int i = 0; i < 7; i++)
        {
            int number = i;
            _dumps.Enqueue(sequence =>
            {
                sent += 10;
                _time.Advance(TimeSpan.FromSeconds(number == 0 ? 0 : reading));
                return [Entry(sequence, [sent, sent * 100, 0, 0])];
            });
        }

        List<string> warned = [];
        List<(double Start, double End)> windows = [];
        foreach (FlowQueue.Item item in RunSession(monitor, TimeSpan.FromSeconds(0.5)))
        {
            if (item.Report is { } report)
            {
                windows.Add((Seconds(report.Window.Start), Seconds(report.Window.End)));
                Assert.Equal(10ul, Assert.Single(report.TakeFlows()).TxPackets);
            }
            else
            {
                warned.Add(item.Warning!);
            }
        }

        Assert.Equal(ends, windows.Select(window => window.End));
        Assert.Equal([0, .. ends[..^1]], windows.Select(window => window.Start));
        Assert.Equal(warnings, warned.Count);
        Assert.All(warned, text => Assert.Contains(
            "reading the table takes longer than a window of 0.5 s", text, StringComparison.Ordinal));

        double Seconds(NanoTime time) => (time.ToDateTime() - start).TotalSeconds;
    }

    [Fact]
    public void RefusalSaysWhichCapabilityIsMissing()
    {
        _tables.OnSend = (socket, datagram) => socket.Queue(
            NetlinkBytes.Error((int)Errno.EPERM, FakeNetlinkSocket.SequenceOf(datagram), socket.PortId));
        TunStatsException error = Assert.Throws<TunStatsException>(() => Open().ReadTable());
        Assert.Equal(ErrorKind.ConntrackDenied, error.Kind);
        Assert.Contains("CAP_NET_ADMIN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyBytesGiveAnEntryOrTheTypedError()
    {
        var random = new Random(4);
        byte[] good = ConntrackBytes.Entry(
            ConntrackBytes.Delete, 0, 0, "[2001:db8::1]:5", "[2001:db8::2]:6", [1, 2, 3, 4]);
        ConntrackMonitor monitor = Start();
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bad = [.. good];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                // The header stays: what is behind it is under test.
                bad[random.Next(16, bad.Length)] = (byte)random.Next(256);
            }

            _events.Queue(bad);
            try
            {
                Look(monitor);
            }
            catch (NetlinkException e)
            {
                Assert.Equal(ErrorKind.InvalidKernelReply, e.Kind);
                refused++;
            }
        }

        Assert.InRange(refused, 500, 18_000);
    }

    private ConntrackMonitor Open(ConntrackOptions? options = null) => _monitor = new ConntrackMonitor(
        new NetlinkConnection(_tables), new NetlinkConnection(_events), options, _time);

    private ConntrackMonitor Start(ConntrackOptions? options = null)
    {
        ConntrackMonitor monitor = Open(options);
        monitor.Start();
        return monitor;
    }

    private IEnumerable<FlowQueue.Item> RunSession(ConntrackMonitor monitor, TimeSpan interval)
    {
        var options = new FlowSessionOptions
        {
            Inputs = [],
            Interval = interval,
            Duration = TimeSpan.FromSeconds(3),
            IsContinuous = true,
        };
        var queue = new FlowQueue(1);
        using var source = new ConntrackFlowSource(monitor, options, _time);
        source.Begin(CancellationToken.None);
        source.Run(queue, CancellationToken.None);
        queue.End();
        while (queue.TryTake(TimeSpan.Zero, out FlowQueue.Item? item) && item is not null)
        {
            yield return item;
        }
    }

    private static ConntrackWindow Look(ConntrackMonitor monitor) => monitor.Collect(TimeSpan.Zero);

    private void Dump(ulong[] counts, uint id = 1) => _dumps.Enqueue(sequence => [Entry(sequence, counts, id)]);

    private byte[] Entry(uint sequence, ulong[] counts, uint id = 1, ushort zone = 0) =>
        ConntrackBytes.Entry(ConntrackBytes.New, sequence, _tables.PortId, A, B, counts, id, zone);

    private void End(ulong[] counts, string source = A, ushort zone = 0, uint id = 1) =>
        _events.Queue(ConntrackBytes.Entry(ConntrackBytes.Delete, 0, 0, source, B, counts, id, zone));
}
