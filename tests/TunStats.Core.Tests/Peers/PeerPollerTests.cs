using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Interop;
using TunStats.Metrics;
using TunStats.Netlink;
using TunStats.Peers;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>Peers that are looked at again and again beside the devices: what comes, goes, fails and stalls.</summary>
public sealed class PeerPollerTests : IPeerPollerSink, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly TailscaleServer _server = new();
    private readonly PeerMetrics _metrics;
    private readonly FakePeerDevices _devices;
    private readonly PeerPoller _poller;
    private readonly List<PeerReport> _reports = [];
    private readonly List<string> _reported = [];
    private readonly SemaphoreSlim _looks = new(0);

    public PeerPollerTests()
    {
        _metrics = new PeerMetrics(_clock);
        _devices = new FakePeerDevices(_ => _server.Open(_clock));
        _poller = new PeerPoller(Options("tailscale0"), this, _clock, _devices);
    }

    public void Dispose()
    {
        _poller.Dispose();
        _server.Dispose();
        _looks.Dispose();
    }

    [Fact]
    public void ItLooksAtOnceAndThenAtEachInterval()
    {
        _devices.Add("tailscale0", 3);
        _server.Status = TailscaleServer.StatusOf("192.0.2.1:1", rx: 5);
        _poller.Start();
        Assert.True(_looks.Wait(Deadline));

        _server.Status = TailscaleServer.StatusOf("", relay: "lab", rx: 12);
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.True(_looks.Wait(Deadline));

        Assert.Null(_reports[0].Snapshot.Peers[0].RxBytesIncrease);
        Assert.Equal(7ul, _reports[1].Snapshot.Peers[0].RxBytesIncrease);
        PeerPathChange change = Assert.Single(_reports[1].PathChanges);
        Assert.Equal(
            "The path to peer x.lab.ts.net of tailscale0 changed from Direct 192.0.2.1:1 to Derp lab, after 15 s with "
            + "0 bytes received and 0 sent.",
            change.ToString());
        Assert.Empty(_reported);
    }

    [Fact]
    public void ADeviceThatGoesAndComesBackKeepsItsTotals()
    {
        _devices.Add("tailscale0", 3);
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 5));
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 6));
        _devices.Links.Clear();
        Look("{}");
        Look("{}");
        Assert.Equal(["tailscale0 absent"], _reported);
        Assert.Equal("", Metrics());

        _devices.Add("tailscale0", 9);
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 100));

        Assert.Equal(100ul, _reports[^1].Snapshot.Peers[0].RxBytesIncrease);
        Assert.Contains("path=\"direct\",direction=\"rx\"} 101\n", Metrics(), StringComparison.Ordinal);
    }

    /// <summary>The last look stays in the metrics, which say that it is not of now.</summary>
    [Fact]
    public void AnErrorIsReportedOnceForEachChange()
    {
        _devices.Add("tailscale0", 3);
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 5));
        Assert.Contains("tunstats_peers_up{interface=\"tailscale0\"} 1\n", Metrics(), StringComparison.Ordinal);

        Look("[]");
        Look("{\"Peer\":");
        Assert.Equal(["tailscale0 InvalidPeerReply"], _reported);
        Assert.Contains("tunstats_peers_up{interface=\"tailscale0\"} 0\n", Metrics(), StringComparison.Ordinal);
        Assert.Contains("wireguard_received_bytes_total{", Metrics(), StringComparison.Ordinal);

        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 8));
        Look("[]");
        Assert.Equal(2, _reported.Count);
        Assert.Equal(3ul, _reports[^1].Snapshot.Peers[0].RxBytesIncrease);

        _devices.Failure = new NetlinkException(ErrorKind.NetlinkTimeout, "the kernel did not answer");
        Look("{}");
        Look("{}");
        Assert.Equal(" NetlinkTimeout", _reported[^1]);
        Assert.Equal(3, _reported.Count);
    }

    [Fact]
    public void AStoppedTailscaledIsAnAbsentLayerAndCountsFromZeroWhenItIsBack()
    {
        _devices.Add("tailscale0", 3);
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 5));
        _server.Stop();
        _poller.Look(CancellationToken.None);
        _poller.Look(CancellationToken.None);

        Assert.Equal(["tailscale0 absent"], _reported);
        Assert.Equal("", Metrics());
    }

    /// <summary>A device without peers is looked for again after a while, not at each look.</summary>
    [Fact]
    public void ADeviceWithoutPeersIsSearchedNowAndThen()
    {
        IPeerSource? source = null;
        using var devices = new FakePeerDevices(_ => source);
        using var poller = new PeerPoller(Options("t*"), this, _clock, devices);
        devices.Add("tun0", 3);
        devices.Add("eth0", 4);
        poller.Look(CancellationToken.None);
        poller.Look(CancellationToken.None);
        Assert.Equal(1, devices.Searches);

        source = _server.Open(_clock);
        _clock.Advance(TimeSpan.FromSeconds(15));
        poller.Look(CancellationToken.None);
        poller.Look(CancellationToken.None);
        Assert.Equal(2, devices.Searches);
        Assert.Equal(2, _reports.Count);
    }

    /// <summary>One wait a stall: whoever needs a look every moment is not held up by each.</summary>
    [Fact]
    public void ASourceThatStallsHoldsUpOneWaitAndNoEnd()
    {
        using var stalled = new UnixServer((_, _, ended) => ended.WaitHandle.WaitOne());
        using var devices = new FakePeerDevices(
            _ => new TailscaleSource("tailscale0", stalled.Path) { Timeout = Deadline });
        devices.Add("tailscale0", 3);
        using (var poller = new PeerPoller(Options("tailscale0"), this, TimeProvider.System, devices))
        {
            poller.Start();
            Assert.False(poller.PollNow(TimeSpan.FromMilliseconds(50)));
            Assert.False(poller.PollNow(Deadline));
        }

        Assert.True(devices.IsDisposed);
        Assert.Empty(_reported);
    }

    [Fact]
    public void ALookThatIsAskedForBeginsAfterTheCall()
    {
        _devices.Add("tailscale0", 3);
        _server.Status = TailscaleServer.StatusOf(rx: 1);
        _poller.Start();
        for (ulong rx = 2; rx < 20; rx++)
        {
            _server.Status = TailscaleServer.StatusOf(rx: rx);
            Assert.True(_poller.PollNow(Deadline));
            Assert.Equal(rx, _reports[^1].Snapshot.Peers[0].RxBytes);
        }
    }

    /// <summary>
    /// Counters that run in a cycle count their rises and, at each decrease, what is there: nothing overflows or goes
    /// backwards. A tailscaled that starts again between two looks is such a decrease.
    /// </summary>
    [Fact]
    public void CountersInACycleOnlyRise()
    {
        _devices.Add("tailscale0", 3);
        ulong[] cycle = [1UL << 50, 5, 10, 0, 7];
        ulong sum = 0, last = 0;
        for (int i = 0; i < 100; i++)
        {
            ulong rx = cycle[i % cycle.Length];
            Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: rx));
            sum += i == 0 ? 0 : rx < last ? rx : rx - last;
            last = rx;
        }

        Assert.Empty(_reported);
        Assert.Contains($"direction=\"rx\"}} {sum}\n", Metrics(), StringComparison.Ordinal);
    }

    /// <summary>A name of 10 MB is left out, and one that would end its line or label stays within it.</summary>
    [Fact]
    public void HostileNamesStayWithinTheirLabels()
    {
        _devices.Add("tailscale0", 3);
        string huge = new('n', 10_000_000);
        Look($$"""
            {"Peer":{"k":{"PublicKey":"nodekey:1","HostName":"{{huge}}","DNSName":"{{huge}}."},
            "l":{"PublicKey":"nodekey:2","DNSName":"a\"} 1\nb\\c","OS":"\u001b[2J"} } }
            """);

        string[] lines = Metrics().Split('\n');
        Assert.InRange(Metrics().Length, 1, 20_000);
        Assert.All(lines.Where(line => line.Length > 0), line =>
            Assert.Matches("^(# (HELP|TYPE) .*|[a-z_]+\\{([a-z_]+=\"([^\"\\\\]|\\\\.)*\",?)*\\} [0-9]+)$", line));
        Assert.DoesNotContain('\u001b', Metrics());
        Assert.Empty(_reported);
    }

    /// <summary>The socket's file goes and comes back: the layer is absent meanwhile, and the looks go on.</summary>
    [Fact]
    public void ASocketThatVanishesAndComesBackIsFollowed()
    {
        _devices.Add("tailscale0", 3);
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 5));
        System.IO.File.Move(_server.Path, _server.Path + ".gone");
        Look("{}");
        Assert.Equal(["tailscale0 absent"], _reported);
        System.IO.File.Move(_server.Path + ".gone", _server.Path);
        Look(TailscaleServer.StatusOf("192.0.2.1:1", rx: 9));

        Assert.Equal(9ul, _reports[^1].Snapshot.Peers[0].RxBytesIncrease);
        Assert.Single(_reported);
    }

    /// <summary>The series stand in the poller's own text, in each format before its end.</summary>
    [Fact]
    public void PeersAreInTheMetricsOfThePoller()
    {
        var metrics = new PollerMetrics();
        int published = 0;
        metrics.Published += () => published++;
        PeerPollerOptions options = PeerPollerOptions.For(new LinkPollerOptions
        {
            Names = ["tailscale0"],
            NetworkNamespace = "1",
            Metrics = metrics,
        });
        using var devices = new FakePeerDevices(_ => _server.Open(_clock));
        using var poller = new PeerPoller(options, this, _clock, devices);
        devices.Add("tailscale0", 3);
        _server.Status = TailscaleServer.StatusOf("192.0.2.1:1", rx: 5);
        poller.Start();
        Assert.True(poller.PollNow(Deadline));

        string text = Encoding.UTF8.GetString(metrics.ToUtf8(MetricsFormat.OpenMetrics));
        Assert.Contains(
            "\ntunstats_peers_up{interface=\"tailscale0\",namespace=\"1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("friendly_name=\"x.lab.ts.net\",namespace=\"1\"} 5\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("# EOF").Length);
        Assert.InRange(published, 1, int.MaxValue);
    }

    void IPeerPollerSink.OnPeers(PeerReport report)
    {
        _reports.Add(report);
        _looks.Release();
    }

    void IPeerPollerSink.OnAbsent(string device) => _reported.Add($"{device} absent");

    void IPeerPollerSink.OnError(Exception error, string? device) => _reported.Add(
        $"{device} {(error is TunStatsException peer ? $"{peer.Kind}" : $"{((NetlinkException)error).Kind}")}");

    void IPeerPollerSink.OnWarning(string message) => _reported.Add(message);

    private PeerPollerOptions Options(string name) => new() { Names = [name], Metrics = _metrics };

    private string Metrics() => Encoding.UTF8.GetString(_metrics.ToUtf8(MetricsFormat.Prometheus));

    private void Look(string status)
    {
        _server.Status = status;
        _poller.Look(CancellationToken.None);
    }
}
