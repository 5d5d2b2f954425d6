using System;
using System.Buffers;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Links;
using TunStats.Metrics;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

public sealed class MetricsTextTests : IDisposable
{
    private const string PrometheusText = """
        # HELP tundev_txq_drops Packets dropped by the device's transmit queue.
        # TYPE tundev_txq_drops untyped
        tundev_txq_drops{device="tun0"} 8
        tundev_txq_drops{device="w\"g\\0"} 18446744073709551615
        # HELP tunstats_receive_packets_total Packets that came in through the device.
        # TYPE tunstats_receive_packets_total counter
        tunstats_receive_packets_total{device="tun0"} 1
        tunstats_receive_packets_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_packets_total Packets that the device sent.
        # TYPE tunstats_transmit_packets_total counter
        tunstats_transmit_packets_total{device="tun0"} 2
        tunstats_transmit_packets_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_bytes_total Bytes that came in through the device.
        # TYPE tunstats_receive_bytes_total counter
        tunstats_receive_bytes_total{device="tun0"} 3
        tunstats_receive_bytes_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_bytes_total Bytes that the device sent.
        # TYPE tunstats_transmit_bytes_total counter
        tunstats_transmit_bytes_total{device="tun0"} 4
        tunstats_transmit_bytes_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_errors_total Packets that came in bad.
        # TYPE tunstats_receive_errors_total counter
        tunstats_receive_errors_total{device="tun0"} 5
        tunstats_receive_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_errors_total Packets that could not be sent because of an error.
        # TYPE tunstats_transmit_errors_total counter
        tunstats_transmit_errors_total{device="tun0"} 6
        tunstats_transmit_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_drops_total Packets that came in and were dropped unprocessed.
        # TYPE tunstats_receive_drops_total counter
        tunstats_receive_drops_total{device="tun0"} 7
        tunstats_receive_drops_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_drops_total Packets dropped on their way out.
        # TYPE tunstats_transmit_drops_total counter
        tunstats_transmit_drops_total{device="tun0"} 8
        tunstats_transmit_drops_total{device="w\"g\\0"} 18446744073709551615
        # HELP tunstats_receive_multicast_packets_total Multicast packets that came in.
        # TYPE tunstats_receive_multicast_packets_total counter
        tunstats_receive_multicast_packets_total{device="tun0"} 9
        tunstats_receive_multicast_packets_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_collisions_total Collisions while sending.
        # TYPE tunstats_transmit_collisions_total counter
        tunstats_transmit_collisions_total{device="tun0"} 10
        tunstats_transmit_collisions_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_length_errors_total Packets received with an invalid length.
        # TYPE tunstats_receive_length_errors_total counter
        tunstats_receive_length_errors_total{device="tun0"} 11
        tunstats_receive_length_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_over_errors_total Packets received without room in the host's buffers.
        # TYPE tunstats_receive_over_errors_total counter
        tunstats_receive_over_errors_total{device="tun0"} 12
        tunstats_receive_over_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_crc_errors_total Packets received with a wrong checksum.
        # TYPE tunstats_receive_crc_errors_total counter
        tunstats_receive_crc_errors_total{device="tun0"} 13
        tunstats_receive_crc_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_frame_errors_total Packets received out of frame alignment.
        # TYPE tunstats_receive_frame_errors_total counter
        tunstats_receive_frame_errors_total{device="tun0"} 14
        tunstats_receive_frame_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_fifo_errors_total Overflows of the receive queue.
        # TYPE tunstats_receive_fifo_errors_total counter
        tunstats_receive_fifo_errors_total{device="tun0"} 15
        tunstats_receive_fifo_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_missed_errors_total Packets dropped because the host was too slow.
        # TYPE tunstats_receive_missed_errors_total counter
        tunstats_receive_missed_errors_total{device="tun0"} 16
        tunstats_receive_missed_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_aborted_errors_total Packets whose transmission was aborted.
        # TYPE tunstats_transmit_aborted_errors_total counter
        tunstats_transmit_aborted_errors_total{device="tun0"} 17
        tunstats_transmit_aborted_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_carrier_errors_total Packets not sent because the carrier was lost.
        # TYPE tunstats_transmit_carrier_errors_total counter
        tunstats_transmit_carrier_errors_total{device="tun0"} 18
        tunstats_transmit_carrier_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_fifo_errors_total Packets not sent because the queue ran empty.
        # TYPE tunstats_transmit_fifo_errors_total counter
        tunstats_transmit_fifo_errors_total{device="tun0"} 19
        tunstats_transmit_fifo_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_heartbeat_errors_total Missing heartbeats of old Ethernet.
        # TYPE tunstats_transmit_heartbeat_errors_total counter
        tunstats_transmit_heartbeat_errors_total{device="tun0"} 20
        tunstats_transmit_heartbeat_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_window_errors_total Packets not sent because of a late collision.
        # TYPE tunstats_transmit_window_errors_total counter
        tunstats_transmit_window_errors_total{device="tun0"} 21
        tunstats_transmit_window_errors_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_compressed_packets_total Compressed packets received.
        # TYPE tunstats_receive_compressed_packets_total counter
        tunstats_receive_compressed_packets_total{device="tun0"} 22
        tunstats_receive_compressed_packets_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_compressed_packets_total Compressed packets sent.
        # TYPE tunstats_transmit_compressed_packets_total counter
        tunstats_transmit_compressed_packets_total{device="tun0"} 23
        tunstats_transmit_compressed_packets_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_nohandler_drops_total Packets received on an inactive device.
        # TYPE tunstats_receive_nohandler_drops_total counter
        tunstats_receive_nohandler_drops_total{device="tun0"} 24
        tunstats_receive_nohandler_drops_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_otherhost_drops_total Packets dropped as addressed to another host.
        # TYPE tunstats_receive_otherhost_drops_total counter
        tunstats_receive_otherhost_drops_total{device="tun0"} 25
        tunstats_receive_otherhost_drops_total{device="w\"g\\0"} 0
        # HELP tunstats_device_up Whether the last poll found and read the device.
        # TYPE tunstats_device_up gauge
        tunstats_device_up{device="tun0"} 1
        tunstats_device_up{device="w\"g\\0"} 0
        # HELP tunstats_device_info Kind and index of the device.
        # TYPE tunstats_device_info gauge
        tunstats_device_info{device="tun0",kind="tun",index="7",namespace=""} 1
        tunstats_device_info{device="w\"g\\0",kind="tun",index="8",namespace=""} 1
        # HELP tunstats_polls_total Polls of this poller, including failed ones.
        # TYPE tunstats_polls_total counter
        tunstats_polls_total{poller="tun0,w*"} 2
        # HELP tunstats_failed_polls_total Polls of this poller that failed.
        # TYPE tunstats_failed_polls_total counter
        tunstats_failed_polls_total{poller="tun0,w*"} 0
        # HELP tunstats_missed_beats_total Ticks of this poller that passed without a poll.
        # TYPE tunstats_missed_beats_total counter
        tunstats_missed_beats_total{poller="tun0,w*"} 0
        # HELP tunstats_dropped_samples_total Samples lost because their reader was too slow.
        # TYPE tunstats_dropped_samples_total counter
        tunstats_dropped_samples_total{poller="tun0,w*"} 0
        # HELP tunstats_last_poll_timestamp_seconds When the last poll ended, as Unix time.
        # TYPE tunstats_last_poll_timestamp_seconds gauge
        tunstats_last_poll_timestamp_seconds{poller="tun0,w*"} 1767323045.0000000
        # HELP tunstats_poll_duration_seconds How long the last poll took.
        # TYPE tunstats_poll_duration_seconds gauge
        tunstats_poll_duration_seconds{poller="tun0,w*"} 0.0000000

        """;

    private const string Own = "{poller=\"tun0,w*\"}";

    private readonly MetricsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void PrometheusTextIsTheGoldenOne()
    {
        RunTwo();

        Assert.Equal(PrometheusText, Text(MetricsFormat.Prometheus));
    }

    [Fact]
    public void OpenMetricsTextDiffersInFamiliesUnitsAndItsEnd()
    {
        RunTwo();
        string text = Text(MetricsFormat.OpenMetrics);

        Assert.StartsWith(
            "# HELP tundev_txq_drops Packets dropped by the device's transmit queue.\n"
            + "# UNIT tundev_txq_drops drops\n"
            + "tundev_txq_drops{device=\"tun0\"} 8\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains(
            "# HELP tunstats_receive_bytes Bytes that came in through the device.\n"
            + "# TYPE tunstats_receive_bytes counter\n"
            + "# UNIT tunstats_receive_bytes bytes\n"
            + "tunstats_receive_bytes_total{device=\"tun0\"} 3\n",
            text,
            StringComparison.Ordinal);
        Assert.EndsWith($"tunstats_poll_duration_seconds{Own} 0.0000000\n# EOF\n", text, StringComparison.Ordinal);
        string[] samples = [.. text.Split('\n').Where(l => l.Length > 0 && l[0] != '#')];
        Assert.Equal(PrometheusText.Split('\n').Where(l => l.Length > 0 && l[0] != '#'), samples);

        Assert.Contains("# TYPE tunstats_device info\n", text, StringComparison.Ordinal);

        // OpenMetrics: a unit is the end of its family's name; a counter's samples end in _total; families do not mix.
        Assert.All(
            text.Split('\n').Where(l => l.StartsWith("# UNIT", StringComparison.Ordinal)).Select(l => l.Split(' ')),
            words => Assert.EndsWith("_" + words[3], words[2], StringComparison.Ordinal));
    }

    [Fact]
    public void NothingIsSaidOfADeviceBeforeItsFirstReading()
    {
        _bench.Poll(1);

        Assert.DoesNotContain("device=", Text(MetricsFormat.OpenMetrics), StringComparison.Ordinal);
        Assert.Contains($"tunstats_polls_total{Own} 1\n", Text(MetricsFormat.Prometheus), StringComparison.Ordinal);
    }

    [Fact]
    public void BeforeTheFirstPollTheTextIsValidAndEmptyOfDevices()
    {
        Assert.Contains($"tunstats_polls_total{Own} 0\n", Text(MetricsFormat.Prometheus), StringComparison.Ordinal);
    }

    [Fact]
    public void DroppedSamplesAndTheTimesOfThePollAreMetrics()
    {
        var bench = new PollerBench();
        bench.Kernel.Add("tun0");
        var sink = new RecordingSink { DroppedSamples = 3 };
        var options = new LinkPollerOptions
        {
            Names = ["tun0"],
            Metrics = bench.Metrics,
            NetworkNamespace = "/does/not/matter",
        };
        bench.Clock.Pass(TimeSpan.FromSeconds(100));
        bench.Kernel.AfterStats = _ => bench.Clock.Pass(TimeSpan.FromMilliseconds(12.5));
        using var poller = new LinkPoller(options, sink, bench.Clock, bench.Kernel.Open);
        poller.Poll(CancellationToken.None);
        string text = Encoding.UTF8.GetString(bench.Metrics.ToUtf8(MetricsFormat.Prometheus));

        const string Labels = "{poller=\"tun0\",namespace=\"/does/not/matter\"}";
        Assert.Contains($"tunstats_dropped_samples_total{Labels} 3\n", text, StringComparison.Ordinal);
        Assert.Contains($"tunstats_poll_duration_seconds{Labels} 0.0125000\n", text, StringComparison.Ordinal);
        Assert.Contains($"tunstats_last_poll_timestamp_seconds{Labels} 100.0125000\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "tunstats_device_info{device=\"tun0\",namespace=\"/does/not/matter\",kind=\"tun\",index=\"2\"} 1\n",
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TableOfCountersIsTheTypedObjects()
    {
        string[] properties = [.. typeof(RtnlLinkStats64).GetProperties()
            .Where(p => p.PropertyType == typeof(ulong) || p.PropertyType == typeof(ulong?)).Select(p => p.Name)];

        Assert.Equal(properties, LinkCounterTable.All.Select(c => c.Name));
        Assert.Equal(25, LinkCounterTable.All.Select(c => c.MetricName).Distinct().Count());
        Assert.All(LinkCounterTable.All, c => Assert.EndsWith("_" + c.Unit, c.MetricName, StringComparison.Ordinal));
    }

    [Fact]
    public void CounterThatTheKernelDoesNotSendIsNoMetric()
    {
        var counters = LinkCounters.Parse(new byte[192]);

        Assert.False(counters.Has(LinkCounterTable.RxOtherHostDropped));
        Assert.True(counters.Has(LinkCounterTable.TxDropped));
    }

    [Fact]
    public void WritingAgainAllocatesNothing()
    {
        RunTwo();
        var buffer = new ArrayBufferWriter<byte>();

        Assert.Equal(0, Allocation.Least(() =>
        {
            _bench.Metrics.Write(MetricsFormat.OpenMetrics, buffer);
            _bench.Metrics.Write(MetricsFormat.Prometheus, buffer);
        }));
        Assert.True(buffer.WrittenSpan.EndsWith("tunstats_poll_duration_seconds{poller=\"tun0,w*\"} 0.0000000\n"u8));
    }

    /// <summary>All counters of a poll are from that poll, however many scrapes there are meanwhile.</summary>
    [Fact]
    public async Task ScrapesSeeWholePollsAndNeverAnOlderOneAfterANewer()
    {
        const int Polls = 20_000;
        using var done = new CancellationTokenSource();
        _bench.Count(7, "tun0", 1);
        _bench.Poll(1);
        Task[] scrapers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            ulong last = 0;
            while (!done.IsCancellationRequested)
            {
                string text = Text(MetricsFormat.Prometheus);
                ulong packets = Value(text, "tunstats_receive_packets_total{device=\"tun0\"} ");
                Assert.Equal(packets * 8, Value(text, "tundev_txq_drops{device=\"tun0\"} "));
                Assert.True(packets >= last, $"{packets} after {last}");
                last = packets;
            }
        }))];

        for (ulong count = 2; count <= Polls; count++)
        {
            _bench.Count(7, "tun0", count);
            _bench.Poll(1);
        }

        await done.CancelAsync();
        await Task.WhenAll(scrapers);

        Assert.Equal(
            (ulong)Polls, Value(Text(MetricsFormat.Prometheus), "tunstats_receive_packets_total{device=\"tun0\"} "));
    }

    private static ulong Value(string text, string before)
    {
        int start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return ulong.Parse(text[start..text.IndexOf('\n', start)], System.Globalization.CultureInfo.InvariantCulture);
    }

    private void RunTwo()
    {
        _bench.Count(7, "tun0", 1);
        _bench.Kernel.Add("w\"g\\0", index: 8).TxDropped = ulong.MaxValue;
        _bench.Poll(1);
        _bench.Kernel.Remove(8);
        _bench.Poll(1);
    }

    private string Text(MetricsFormat format) => Encoding.UTF8.GetString(_bench.Metrics.ToUtf8(format));
}
