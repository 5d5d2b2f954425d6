using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Metrics;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>The link state and the queueing discipline in samples and metrics, and what they cost.</summary>
public sealed class DetailedPollerTests
{
    private readonly FakeKernel _kernel = new();
    private readonly RecordingSink _sink = new();
    private readonly PollerMetrics _metrics = new();

    [Fact]
    public void SamplesCarryStateAndQueue()
    {
        FakeLink tun = _kernel.Add("tun0");
        tun.CarrierChanges = 3;
        tun.Queue = new gnet_stats_queue { drops = 1, overlimits = 2, requeues = 3, backlog = 4, qlen = 5 };
        using LinkPoller poller = Poll("tun0", isDetailed: true);

        DetailedLinkStats stats = Assert.IsType<DetailedLinkStats>(Assert.Single(_sink.Samples).Stats);
        Assert.Equal((OperationalState.Up, 3u, 1280u), (stats.OperationalState, stats.CarrierChanges, stats.Mtu));
        Assert.Equal((1u, 2u, 3u), (stats.QdiscDrops, stats.QdiscOverlimits, stats.QdiscRequeues));
        Assert.Equal((4u, 5u), (stats.QdiscBacklogBytes, stats.QdiscBacklogPackets));
        Assert.Equal("fq_codel", stats.Qdisc);
    }

    [Fact]
    public void KernelWithoutQueueingDisciplinesGivesTheStateAlone()
    {
        _kernel.HasNoQueues = true;
        _kernel.Add("tun0");
        using LinkPoller poller = Poll("tun0", isDetailed: true);

        Assert.Empty(_sink.Errors);
        DetailedLinkStats stats = Assert.IsType<DetailedLinkStats>(Assert.Single(_sink.Samples).Stats);
        Assert.Equal(OperationalState.Up, stats.OperationalState);
        Assert.Null(stats.QdiscDrops);
        Assert.Null(stats.QdiscBacklogPackets);
    }

    [Fact]
    public void DeviceThatIsGoneKeepsItsLastDetails()
    {
        _kernel.Add("tun0");
        using LinkPoller poller = Poll("tun0", isDetailed: true);
        _kernel.Remove("tun0");
        poller.Poll(CancellationToken.None);
        Assert.Equal(LinkSampleEvent.Gone, _sink.Samples[^1].Event);
        Assert.IsType<DetailedLinkStats>(_sink.Samples[^1].Stats);
        string text = Text();
        Assert.Contains("tunstats_device_carrier_changes_total{device=\"tun0\"} 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("tunstats_device_mtu_bytes", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tun0", 1)]
    [InlineData("tun*", 1)]
    [InlineData("tun*", 2)]
    public void WithoutDetailsAPollIsOneRequest(string name, int devices)
    {
        Add(devices);
        using LinkPoller poller = Poll(name, isDetailed: false);
        int before = _kernel.Requests;
        poller.Poll(CancellationToken.None);
        Assert.Equal(1, _kernel.Requests - before);
        Assert.All(_sink.Samples, s => Assert.IsNotType<DetailedLinkStats>(s.Stats));
        Assert.DoesNotContain("qdisc", Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void DetailsAreTwoMoreRequestsWhateverTheNumber(int devices)
    {
        Add(devices);
        using LinkPoller poller = Poll("tun*", isDetailed: true);
        int before = _kernel.Requests;
        poller.Poll(CancellationToken.None);
        Assert.Equal(3, _kernel.Requests - before);
    }

    [Fact]
    public void MetricsCarryStateAndQueue()
    {
        FakeLink tun = _kernel.Add("tun0");
        tun.CarrierChanges = 3;
        tun.Queue = new gnet_stats_queue { drops = 1, overlimits = 2, requeues = 3, backlog = 4, qlen = 5 };
        _kernel.Add("tun1").Qdisc = "noqueue";
        using LinkPoller poller = Poll("tun*", isDetailed: true);
        string text = Text();
        foreach (string want in new[]
        {
            "# TYPE tunstats_device_operational_state gauge\ntunstats_device_operational_state{device=\"tun0\"} 6\n",
            "tunstats_device_mtu_bytes{device=\"tun1\"} 1280\n",
            "tunstats_device_tx_queue_length_packets{device=\"tun0\"} 0\n",
            "# TYPE tunstats_device_carrier_changes_total counter\n"
                + "tunstats_device_carrier_changes_total{device=\"tun0\"} 3\n"
                + "tunstats_device_carrier_changes_total{device=\"tun1\"} 0\n",
            "# HELP tunstats_qdisc_drops_total Packets that the queueing discipline dropped.\n"
                + "# TYPE tunstats_qdisc_drops_total counter\ntunstats_qdisc_drops_total{device=\"tun0\"} 1\n#",
            "tunstats_qdisc_overlimits_total{device=\"tun0\"} 2\n#",
            "tunstats_qdisc_requeues_total{device=\"tun0\"} 3\n#",
            "tunstats_qdisc_backlog_bytes{device=\"tun0\"} 4\n#",
            "tunstats_qdisc_backlog_packets{device=\"tun0\"} 5\n#",
        })
        {
            Assert.Contains(want, text, StringComparison.Ordinal);
        }

        Assert.Contains(
            "# TYPE tunstats_qdisc_drops counter\n# UNIT tunstats_qdisc_drops drops\n",
            System.Text.Encoding.UTF8.GetString(_metrics.ToUtf8(MetricsFormat.OpenMetrics)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10u, 15u, 15ul)]
    [InlineData(10u, 4u, 14ul)]
    [InlineData(uint.MaxValue, 4u, uint.MaxValue + 5ul)]
    public void TotalsOfAQueueGrowThroughResetsAndWraps(uint first, uint second, ulong total)
    {
        FakeLink tun = _kernel.Add("tun0");
        tun.Queue = new gnet_stats_queue { drops = first };
        using LinkPoller poller = Poll("tun0", isDetailed: true);
        tun.Queue = new gnet_stats_queue { drops = second };
        poller.Poll(CancellationToken.None);
        Assert.Contains($"tunstats_qdisc_drops_total{{device=\"tun0\"}} {total}\n", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherDisciplineAndAnotherDeviceAddWhatTheyCount()
    {
        FakeLink tun = _kernel.Add("tun0");
        tun.Queue = new gnet_stats_queue { drops = 10 };
        using LinkPoller poller = Poll("tun0", isDetailed: true);
        tun.Qdisc = "pfifo_fast";
        tun.Queue = new gnet_stats_queue { drops = 12 };
        poller.Poll(CancellationToken.None);
        _kernel.Remove("tun0");
        _kernel.Add("tun0").Queue = new gnet_stats_queue { drops = 100 };
        poller.Poll(CancellationToken.None);
        Assert.Contains("tunstats_qdisc_drops_total{device=\"tun0\"} 122\n", Text(), StringComparison.Ordinal);
    }

    /// <summary>A device that only a listing shows may have been counted before.</summary>
    [Fact]
    public void DeviceWithoutABaselineAddsNothingAtItsFirstReading()
    {
        _kernel.Add("tun0").Queue = new gnet_stats_queue { drops = 10 };
        using LinkPoller poller = Poll("tun0", isDetailed: true);
        _kernel.Remove("tun0", silently: true);
        FakeLink other = _kernel.Add("tun0", silently: true);
        other.Queue = new gnet_stats_queue { drops = 100 };
        _kernel.LoseEvents();
        poller.Poll(CancellationToken.None);
        Assert.Contains("tunstats_qdisc_drops_total{device=\"tun0\"} 10\n", Text(), StringComparison.Ordinal);
        other.Queue = new gnet_stats_queue { drops = 101 };
        poller.Poll(CancellationToken.None);
        Assert.Contains("tunstats_qdisc_drops_total{device=\"tun0\"} 11\n", Text(), StringComparison.Ordinal);
    }

    private void Add(int devices)
    {
        for (int i = 0; i < devices; i++)
        {
            _kernel.Add($"tun{i}");
        }
    }

    private string Text() => System.Text.Encoding.UTF8.GetString(_metrics.ToUtf8(MetricsFormat.Prometheus));

    private LinkPoller Poll(string name, bool isDetailed)
    {
        var options = new LinkPollerOptions { Names = [name], IsDetailed = isDetailed, Metrics = _metrics };
        var poller = new LinkPoller(options, _sink, _kernel.Clock, _kernel.Open);
        poller.Poll(CancellationToken.None);
        return poller;
    }
}
