using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Peers;

/// <summary>A tailscaled that is looked at again and again: increases, resets, restarts, paths.</summary>
public sealed class PeerTrackerTests : IDisposable
{
    private const string Direct = "192.0.2.1:41641";
    private const string Roamed = "198.51.100.7:1024";

    private static readonly FlowWindow Window = new(NanoTime.FromUnix(0), NanoTime.FromUnix(5));

    private readonly ManualTimeProvider _clock = new();
    private readonly PeerTracker _tracker = new();
    private readonly TailscaleServer _server = new();
    private readonly TailscaleSource _source;

    public PeerTrackerTests() => _source = _server.Open(_clock);

    public void Dispose()
    {
        _source.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void TheFirstLookHasNothingToCompareWith()
    {
        PeerReport report = Look(TailscaleServer.StatusOf(Direct, rx: 5, tx: 6));

        TunPeer peer = Assert.Single(report.Snapshot.Peers);
        Assert.Equal((null, null), (peer.RxBytesIncrease, peer.TxBytesIncrease));
        Assert.Empty(report.PathChanges);
        Assert.Empty(report.ToPhysicalTraffic(Window));
    }

    /// <summary>The recorded nodes are not the only ones whose idle peers count from 0 again.</summary>
    [Fact]
    public void ACounterThatDecreasedWasReset()
    {
        (ulong Rx, ulong Tx)[] looks = [(100, 10), (150, 10), (20, 15), (0, 0), (0, 0), (7, 9), (ulong.MaxValue, 0)];

        (ulong?, ulong?)[] increases = [.. looks.Select(look =>
        {
            TunPeer peer = Look(TailscaleServer.StatusOf(Direct, rx: look.Rx, tx: look.Tx)).Snapshot.Peers[0];
            return (peer.RxBytesIncrease, peer.TxBytesIncrease);
        })];

        Assert.Equal([(null, null), (50, 0), (20, 5), (0, 0), (0, 0), (7, 9), (ulong.MaxValue - 7, 0)], increases);
    }

    [Fact]
    public void APeerThatComesLaterCountsFromZeroAndSoDoesANewKey()
    {
        Look("""{"Peer":{}}""");
        Assert.Equal(30ul, Look(TailscaleServer.StatusOf(Direct, rx: 30)).Snapshot.Peers[0].RxBytesIncrease);
        Assert.Equal(
            31ul,
            Look(TailscaleServer.StatusOf(Direct, rx: 31, key: "nodekey:02")).Snapshot.Peers[0].RxBytesIncrease);

        Look("""{"Peer":{}}""");
        Assert.Equal(
            40ul,
            Look(TailscaleServer.StatusOf(Direct, rx: 40, key: "nodekey:02")).Snapshot.Peers[0].RxBytesIncrease);
    }

    [Fact]
    public void APeerMissingFromAnInconsistentLookIsNotForgotten()
    {
        var peer = new TunPeer { PublicKey = "k", RxBytes = 100 };
        _tracker.Update(new TunPeerSnapshot { Peers = [peer] });
        _tracker.Update(new TunPeerSnapshot { IsConsistent = false });

        PeerReport report = _tracker.Update(new TunPeerSnapshot { Peers = [peer with { RxBytes = 101 }] });

        Assert.Equal(1ul, report.Snapshot.Peers[0].RxBytesIncrease);
    }

    [Fact]
    public void APeerThatStandsTwiceCountsOnce()
    {
        var peer = new TunPeer { PublicKey = "k", RxBytes = 100 };
        _tracker.Update(new TunPeerSnapshot());

        PeerReport report = _tracker.Update(new TunPeerSnapshot { Peers = [peer, peer with { RxBytes = 200 }] });

        Assert.Equal(100ul, Assert.Single(report.Snapshot.Peers).RxBytesIncrease);
    }

    /// <summary>What tailscaled counted since it was started again is new, however much it is.</summary>
    [Fact]
    public void ALayerThatWasAbsentCountsFromZero()
    {
        using var monitor = new PeerMonitor(new ScriptedSource(
            null, At(50), At(60), null, At(70), null, null, At(70)));

        Assert.Null(monitor.Look());
        Assert.Equal(50ul, Increase());
        Assert.Equal(10ul, Increase());
        Assert.Null(monitor.Look());
        Assert.Equal(70ul, Increase());
        Assert.Null(monitor.Look());
        Assert.Null(monitor.Look());
        Assert.Equal(70ul, Increase());

        ulong? Increase() => monitor.Look()!.Snapshot.Peers[0].RxBytesIncrease;

        static TunPeerSnapshot At(ulong rx) => new() { Peers = [new TunPeer { PublicKey = "k", RxBytes = rx }] };
    }

    [Fact]
    public void PathChangesAreEventsWithTheBytesOfThePathBefore()
    {
        Look(TailscaleServer.StatusOf(relay: "lab", rx: 100, tx: 100));
        DateTime since = _clock.GetUtcNow().UtcDateTime;
        Look(TailscaleServer.StatusOf(relay: "lab", rx: 150, tx: 170), after: 5);

        PeerReport direct = Look(TailscaleServer.StatusOf(Direct, "lab", rx: 250, tx: 171), after: 5);
        PeerReport idle = Look(TailscaleServer.StatusOf("", "lab", rx: 250, tx: 171, active: false), after: 5);
        PeerReport again = Look(TailscaleServer.StatusOf(Direct, "lab", rx: 251, tx: 172), after: 5);
        PeerReport roamed = Look(TailscaleServer.StatusOf(Roamed, "lab", rx: 251, tx: 173), after: 5);
        PeerReport relayed = Look(
            TailscaleServer.StatusOf("", "lab", "192.0.2.9:7:vni:3", rx: 261, tx: 193), after: 5);

        PeerPathChange change = Assert.Single(direct.PathChanges);
        Assert.Equal(
            ("x.lab.ts.net", "n1", "nodekey:01", "tailscale0"),
            (change.Name, change.NodeId, change.PublicKey, change.Device));
        Assert.Equal(
            (PeerPathKind.Derp, "lab", PeerPathKind.Direct, Direct),
            (change.PreviousPath, change.PreviousVia, change.Path, change.Via));
        Assert.Equal((since, TimeSpan.FromSeconds(10)), (change.PreviousSince, change.PreviousDuration));
        Assert.Equal((50ul, 70ul), (change.PreviousRxBytes, change.PreviousTxBytes));
        Assert.Empty(idle.PathChanges);
        Assert.Null(idle.Snapshot.Peers[0].PathSince);
        Assert.Empty(again.PathChanges);
        Assert.Equal(change.Timestamp, again.Snapshot.Peers[0].PathSince);
        Assert.Equal((Direct, Roamed), Vias(roamed));
        Assert.Equal((101ul, 2ul), (roamed.PathChanges[0].PreviousRxBytes, roamed.PathChanges[0].PreviousTxBytes));
        Assert.Equal((Roamed, "192.0.2.9:7:vni:3"), Vias(relayed));
        Assert.Equal(
            new PeerPathTotals(101, 3, 50, 70, 10, 20), relayed.Snapshot.Peers[0].GetPathTotals());
        Assert.Equal(3ul, relayed.Snapshot.Peers[0].PathChangeCount);

        static (string, string) Vias(PeerReport report) =>
            (Assert.Single(report.PathChanges).PreviousVia, report.PathChanges[0].Via);
    }

    /// <summary>The number of a region may be learnt later than its code.</summary>
    [Fact]
    public void ARegionWhoseNumberIsLearntIsNoOtherPath()
    {
        _server.Regions = null;
        Look(TailscaleServer.StatusOf(relay: "lab"));
        _server.Regions = TailscaleServer.DerpMap;

        PeerReport report = Look(TailscaleServer.StatusOf(relay: "lab", rx: 1), after: 60);

        Assert.Empty(report.PathChanges);
        Assert.Equal("127.3.3.40:1", report.ToPhysicalTraffic(Window)[0].Dst);
    }

    [Fact]
    public void PhysicalTrafficGoesToWhereThePacketsWent()
    {
        Look(TailscaleServer.StatusOf(relay: "lab", active: false));

        Assert.Equal("Unknown 100.64.0.9:0 -> 127.3.3.40:1 tx 0/2 rx 0/1", Row("", "lab", "", 1, 2, active: false));
        Assert.Equal($"Unknown 100.64.0.9:0 -> {Direct} tx 0/0 rx 0/4", Row(Direct, "lab", "", 5, 2));
        Assert.Equal($"Unknown 100.64.0.9:0 -> {Direct} tx 0/1 rx 0/0", Row("", "lab", "", 5, 3, active: false));
        Assert.Equal("Unknown 100.64.0.9:0 -> 192.0.2.9:7 tx 0/4 rx 0/0", Row("", "lab", "192.0.2.9:7:vni:3", 5, 7));
        Assert.Empty(Look(TailscaleServer.StatusOf(relay: "lab", rx: 5, tx: 7)).ToPhysicalTraffic(Window));

        string Row(string curAddr, string relay, string peerRelay, ulong rx, ulong tx, bool active = true)
        {
            PeerReport report = Look(TailscaleServer.StatusOf(curAddr, relay, peerRelay, rx, tx, active));
            TupleCounts row = Assert.Single(report.ToPhysicalTraffic(Window));
            Assert.Equal(FlowClass.Physical, row.Class);
            Assert.Same(Window, row.Window);
            return row.ToString();
        }
    }

    /// <summary>Ten thousand looks at peers that come and go keep no more than those that are there.</summary>
    [Fact]
    public void MemoryIsThatOfThePeersThatAreThere()
    {
        var tracker = new PeerTracker();
        long before = 0;
        for (int i = 0; i < 10_000; i++)
        {
            tracker.Update(new TunPeerSnapshot
            {
                Peers = [.. Enumerable.Range(i, 20).Select(n => new TunPeer { PublicKey = $"k{n}", RxBytes = 1 })],
            });
            before = i == 1000 ? GC.GetTotalMemory(forceFullCollection: true) : before;
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1 << 20);
        GC.KeepAlive(tracker);
    }

    private PeerReport Look(string status, int after = 0)
    {
        _server.Status = status;
        _clock.Advance(TimeSpan.FromSeconds(after));
        return _tracker.Update(_source.Read()!);
    }

    private sealed class ScriptedSource(params TunPeerSnapshot?[] looks) : IPeerSource
    {
        private readonly Queue<TunPeerSnapshot?> _looks = new(looks);

        public string Device => "tun0";

        public PeerSourceKind Kind => PeerSourceKind.Tailscale;

        public TunPeerSnapshot? Read(System.Threading.CancellationToken cancellationToken = default) =>
            _looks.Dequeue();

        public void Dispose()
        {
        }
    }
}
