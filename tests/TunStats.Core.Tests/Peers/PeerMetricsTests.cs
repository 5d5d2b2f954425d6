using System;
using System.Buffers;
using System.Linq;
using System.Text;
using TunStats.Metrics;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Peers;

public sealed class PeerMetricsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly PeerMetrics _metrics;

    public PeerMetricsTests()
    {
        _clock.SetUtcNow(new DateTimeOffset(2026, 11, 21, 13, 26, 0, TimeSpan.Zero));
        _metrics = new PeerMetrics(_clock);
    }

    [Fact]
    public void ATailscalePeerHasEverySeries()
    {
        Look("status-a-before.json", "status-a-after.json");

        string labels = "interface=\"tailscale0\",public_key=\"nodekey:"
            + "44c1b414013cb3ce4a0951799b3e20235f99e4a44b628dfe0da5338c1941e570\",friendly_name=\"tslab-b.lab.ts.net\"";
        Assert.Equal(
            [
                "tunstats_peers_up{interface=\"tailscale0\"} 1",
                $"wireguard_sent_bytes_total{{{labels}}} 299348",
                $"wireguard_received_bytes_total{{{labels}}} 154764",
                $"wireguard_latest_handshake_seconds{{{labels}}} 1795267542",
                $"wireguard_latest_handshake_delay_seconds{{{labels}}} 18",
                $"tunstats_peer_online{{{labels}}} 1",
                $"tunstats_peer_path_bytes_total{{{labels},path=\"direct\",direction=\"rx\"}} 154764",
                $"tunstats_peer_path_bytes_total{{{labels},path=\"direct\",direction=\"tx\"}} 299348",
                $"tunstats_peer_path_bytes_total{{{labels},path=\"derp\",direction=\"rx\"}} 0",
                $"tunstats_peer_path_bytes_total{{{labels},path=\"derp\",direction=\"tx\"}} 0",
                $"tunstats_peer_path_bytes_total{{{labels},path=\"peer_relay\",direction=\"rx\"}} 0",
                $"tunstats_peer_path_bytes_total{{{labels},path=\"peer_relay\",direction=\"tx\"}} 0",
                $"tunstats_peer_path_changes_total{{{labels}}} 0",
                $"tunstats_peer_path_since_seconds{{{labels}}} 1795267560",
                $"tunstats_peer_info{{{labels},node_id=\"TESTCTRL00000002\","
                + "addresses=\"100.64.0.2, fd7a:115c:a1e0:ab12:4843:cd96:6240:2\",allowed_ips=\"100.64.0.2/32, "
                + "fd7a:115c:a1e0:ab12:4843:cd96:6240:2/128, 0.0.0.0/0, ::/0, 192.168.50.0/24\",path=\"direct\","
                + "endpoint=\"10.77.0.12:41641\",relay=\"lab\",os=\"linux\","
                + "user=\"user-2@fake-control.example.net\",tags=\"\"} 1",
            ],
            Samples(MetricsFormat.Prometheus));
        Assert.Equal(Samples(MetricsFormat.Prometheus), Samples(MetricsFormat.OpenMetrics));
    }

    /// <summary>WireGuard knows neither names nor who is online, and only one path.</summary>
    [Fact]
    public void AWireGuardPeerHasWhatIsKnown()
    {
        var tracker = new PeerTracker();
        _metrics.Update(tracker.Update(new TunPeerSnapshot
        {
            Device = "wg0",
            Peers = [new TunPeer { Device = "wg0", PublicKey = "a\"b\\c\n", RxBytes = 1, TxBytes = ulong.MaxValue }],
        }));

        const string Labels = """interface="wg0",public_key="a\"b\\c\n" """;
        Assert.Equal(
            [
                $"wireguard_sent_bytes_total{{{Labels.TrimEnd()}}} 18446744073709551615",
                $"wireguard_received_bytes_total{{{Labels.TrimEnd()}}} 1",
                $"wireguard_latest_handshake_seconds{{{Labels.TrimEnd()}}} 0",
                $"tunstats_peer_path_bytes_total{{{Labels.TrimEnd()},path=\"direct\",direction=\"rx\"}} 0",
                $"tunstats_peer_path_bytes_total{{{Labels.TrimEnd()},path=\"direct\",direction=\"tx\"}} 0",
                $"tunstats_peer_path_changes_total{{{Labels.TrimEnd()}}} 0",
            ],
            Samples(MetricsFormat.Prometheus).Skip(1).Take(6));
    }

    [Fact]
    public void DevicesStandTogetherInEachFamilyAndGo()
    {
        foreach (string device in (string[])["wg1", "wg0"])
        {
            _metrics.Update(new PeerTracker().Update(new TunPeerSnapshot
            {
                Device = device,
                Peers = [new TunPeer { Device = device, PublicKey = "k" }],
            }));
        }

        string[] sent = [.. Samples(MetricsFormat.Prometheus).Skip(2).Take(2)];
        Assert.Equal(
            ["wireguard_sent_bytes_total{interface=\"wg0\"", "wireguard_sent_bytes_total{interface=\"wg1\""],
            sent.Select(line => line.Split(',')[0]));

        _metrics.Remove("wg0");
        Assert.DoesNotContain(
            Samples(MetricsFormat.Prometheus), line => line.Contains("wg0", StringComparison.Ordinal));
        _metrics.Remove("wg1");
        Assert.Equal("", Encoding.UTF8.GetString(_metrics.ToUtf8(MetricsFormat.Prometheus)));
        Assert.Equal("# EOF\n", Encoding.UTF8.GetString(_metrics.ToUtf8(MetricsFormat.OpenMetrics)));
    }

    [ToolFact("promtool")]
    public void PromtoolFindsNoFault()
    {
        Look("status-b-before.json", "status-b-after.json");
        Assert.Equal((0, ""), Promtool.Check(_metrics.ToUtf8(MetricsFormat.Prometheus)));
    }

    /// <summary>A scrape makes no garbage but the text that it returns.</summary>
    [Fact]
    public void WritingAllocatesNothing()
    {
        Look("status-b-before.json", "status-b-after.json");
        var buffer = new ArrayBufferWriter<byte>();
        Write();

        Assert.Equal(0, Allocation.Least(Write));

        void Write()
        {
            buffer.ResetWrittenCount();
            _metrics.Write(MetricsFormat.OpenMetrics, buffer);
        }
    }

    private void Look(params string[] documents)
    {
        using var server = new TailscaleServer();
        using var monitor = new PeerMonitor(server.Open(_clock));
        foreach (string document in documents)
        {
            server.Status = TailscaleServer.Recorded(document);
            _metrics.Update(monitor.Look()!);
        }
    }

    private string[] Samples(MetricsFormat format) =>
    [
        .. Encoding.UTF8.GetString(_metrics.ToUtf8(format)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#'),
    ];
}
