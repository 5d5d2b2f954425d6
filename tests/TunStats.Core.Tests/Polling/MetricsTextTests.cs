using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

public sealed class MetricsTextTests : IDisposable
{
    private const string PrometheusText = """
        # HELP tundev_txq_drops Packets that the device's transmit queue did not take.
        # TYPE tundev_txq_drops untyped
        tundev_txq_drops{device="tun0"} 8
        tundev_txq_drops{device="w\"g\\0"} 18446744073709551615
        # HELP tunstats_receive_bytes_total Bytes that came in through the device.
        # TYPE tunstats_receive_bytes_total counter
        tunstats_receive_bytes_total{device="tun0"} 3
        tunstats_receive_bytes_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_bytes_total Bytes that the device sent.
        # TYPE tunstats_transmit_bytes_total counter
        tunstats_transmit_bytes_total{device="tun0"} 4
        tunstats_transmit_bytes_total{device="w\"g\\0"} 0
        # HELP tunstats_receive_packets_total Packets that came in through the device.
        # TYPE tunstats_receive_packets_total counter
        tunstats_receive_packets_total{device="tun0"} 1
        tunstats_receive_packets_total{device="w\"g\\0"} 0
        # HELP tunstats_transmit_packets_total Packets that the device sent.
        # TYPE tunstats_transmit_packets_total counter
        tunstats_transmit_packets_total{device="tun0"} 2
        tunstats_transmit_packets_total{device="w\"g\\0"} 0
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
        # HELP tunstats_device_up Whether the device was there and read by the last poll.
        # TYPE tunstats_device_up gauge
        tunstats_device_up{device="tun0"} 1
        tunstats_device_up{device="w\"g\\0"} 0
        # HELP tunstats_polls_total Polls of this poller, failed ones too.
        # TYPE tunstats_polls_total counter
        tunstats_polls_total 2
        # HELP tunstats_failed_polls_total Polls of this poller that failed.
        # TYPE tunstats_failed_polls_total counter
        tunstats_failed_polls_total 0
        # HELP tunstats_missed_beats_total Beats of this poller that passed without a poll.
        # TYPE tunstats_missed_beats_total counter
        tunstats_missed_beats_total 0

        """;

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
            "# HELP tundev_txq_drops Packets that the device's transmit queue did not take.\n"
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
        Assert.EndsWith("tunstats_missed_beats_total 0\n# EOF\n", text, StringComparison.Ordinal);
        string[] samples = [.. text.Split('\n').Where(l => l.Length > 0 && l[0] != '#')];
        Assert.Equal(PrometheusText.Split('\n').Where(l => l.Length > 0 && l[0] != '#'), samples);

        // OpenMetrics: a unit is the end of its family's name; a counter's samples end in _total; families do not mix.
        Assert.All(
            text.Split('\n').Where(l => l.StartsWith("# UNIT", StringComparison.Ordinal)).Select(l => l.Split(' ')),
            words => Assert.EndsWith("_" + words[3], words[2], StringComparison.Ordinal));
    }

    [Fact]
    public void NothingIsSaidOfADeviceBeforeItsFirstReading()
    {
        _bench.Poll(1);

        Assert.DoesNotContain("device", Text(MetricsFormat.OpenMetrics), StringComparison.Ordinal);
        Assert.Contains("tunstats_polls_total 1\n", Text(MetricsFormat.Prometheus), StringComparison.Ordinal);
    }

    [Fact]
    public void BeforeTheFirstPollTheTextIsValidAndEmptyOfDevices()
    {
        Assert.Contains("tunstats_polls_total 0\n", Text(MetricsFormat.Prometheus), StringComparison.Ordinal);
    }

    [Fact]
    public void WritingAgainAllocatesNothing()
    {
        RunTwo();
        var buffer = new Utf8Buffer();

        Assert.Equal(0, Allocation.Least(() =>
        {
            _bench.Metrics.Write(MetricsFormat.OpenMetrics, buffer);
            _bench.Metrics.Write(MetricsFormat.Prometheus, buffer);
        }));
        Assert.True(buffer.Written.Span.EndsWith("tunstats_missed_beats_total 0\n"u8));
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
