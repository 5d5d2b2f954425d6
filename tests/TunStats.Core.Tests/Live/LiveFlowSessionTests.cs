using System;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Sessions;
using TunStats.Tests.Fakes;
using TunStats.Tests.Sessions;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>Sessions over devices of this kernel, under traffic that outlives what is measured.</summary>
public sealed class LiveFlowSessionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [LiveTheory]
    [InlineData(10)]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(5_000)]
    [InlineData(0)]
    public void OneSecondTakesOneSecondUnderSteadyTraffic(int perSecond)
    {
        using var lab = new Lab();
        using var traffic = new SteadyTraffic(lab.Tunnel, perSecond);
        var sink = new FlowRecordingSink();
        using FlowSession session = lab.Open(sink, new() { Inputs = [], Duration = TimeSpan.FromSeconds(1) });
        session.Run();
        (FlowWindow window, TupleCounts[] flows, DateTime takenAt) = Assert.Single(sink.Windows);
        Assert.Equal(1.0, window.Seconds, 9);
        Assert.All(flows, flow => Assert.True(flow.FirstSeen >= flow.Start && flow.LastSeen <= flow.End));
        ulong packets = flows.Aggregate(0ul, (sum, flow) => sum + flow.TxPackets);
        Assert.True(traffic.IsRunning, "The sender ended before the window did.");

        // What a busy machine does to the sender is in its own record of the times at which it sent.
        int sent = traffic.SentBetween(window.Start.ToDateTime(), window.End.ToDateTime());
        Assert.InRange((double)packets, sent - 2, sent + 2);
        Assert.True(takenAt - window.End.ToDateTime() < TimeSpan.FromSeconds(1), "The window came late.");
    }

    [LiveFact]
    public void ConnectionsHaveTheirProcess()
    {
        using var lab = new Lab();
        using var traffic = new SteadyTraffic(lab.Tunnel, 200);
        var sink = new FlowRecordingSink();
        using FlowSession session = lab.Open(
            sink, new() { Inputs = [], Duration = TimeSpan.FromSeconds(1), IncludesProcesses = true });
        session.Run();
        TupleCounts flow = Assert.Single(sink.Flows, flow => flow.DestinationPort == 9);
        Assert.Equal(
            (Environment.ProcessId, File.ReadAllText("/proc/self/comm").TrimEnd('\n')),
            (flow.ProcessId, flow.ProcessName));
        Assert.Empty(sink.Warnings);
    }

    [LiveFact]
    public void TheSumOfAllWindowsIsWhatTheDeviceCounted()
    {
        using var lab = new Lab();
        using LinkClient client = LinkClient.Open(lab.There);
        using var cancel = new CancellationTokenSource();
        byte[] packet = new byte[2048];
        var sink = new FlowRecordingSink();
        sink.Then = _ =>
        {
            if (sink.Windows.Count >= 10)
            {
                cancel.Cancel();
                return;
            }

            for (int i = 0; i < 500; i++)
            {
                lab.Tunnel.Send(1);
                lab.Tunnel.Device.Read(packet);
            }
        };
        using FlowSession session = lab.Open(sink, Windows(20));
        session.Run(cancel.Token);
        RtnlLinkStats64 stats = client.GetStats("tun0");
        Assert.True(sink.Windows.Count >= 10);
        Assert.True(stats.TxPackets >= 4500);
        Assert.Equal(stats.TxPackets, sink.Flows.Aggregate(0ul, (sum, f) => sum + f.TxPackets));
        Assert.Equal(stats.TxBytes, sink.Flows.Aggregate(0ul, (sum, f) => sum + f.TxBytes));
        Assert.Equal((long)stats.TxPackets, sink.Frames.TxFrames);
        Assert.Equal(stats.TxBytes, sink.Frames.TxFrameBytes);
    }

    /// <summary>The sender knows nothing of windows: their boundaries fall anywhere between its packets.</summary>
    [LiveFact]
    public void NumberedPacketsOverTenWindowsAreEachCountedOnce()
    {
        const int Numbers = 1000;
        using var lab = new Lab();
        using var cancel = new CancellationTokenSource();
        using var enough = new ManualResetEventSlim();
        byte[][] packets = [.. Enumerable.Range(1, Numbers)
            .Select(number => CaptureBytes.Udp($"100.64.0.2:{number}", "100.64.0.1:9", number % 50))];
        ulong[] sent = new ulong[Numbers], got = new ulong[Numbers];
        var sender = new Thread(() =>
        {
            // The ring holds far more than what it may lag behind by, and the sender never runs away from it.
            for (int i = 0; !enough.Wait(i % 100 == 0 ? 1 : 0); i++)
            {
                lab.Tunnel.Device.Write(packets[i % Numbers]);
                sent[i % Numbers]++;
            }
        });
        var sink = new FlowRecordingSink();
        sink.Then = _ =>
        {
            if (sink.Windows.Count == 10)
            {
                enough.Set();
                sender.Join();
                cancel.Cancel();
            }
        };
        using FlowSession session = lab.Open(sink, Windows(20));
        sender.Start();
        session.Run(cancel.Token);
        foreach (TupleCounts flow in sink.Flows.Where(f => f.RxPackets > 0))
        {
            got[flow.DestinationPort - 1] += flow.RxPackets;
        }

        Assert.True(sink.Windows.Count(w => w.Flows.Length > 0) > 1, "All packets fell into one window.");
        Assert.Empty(sink.Warnings);
        Assert.Equal(sent, got);
    }

    [LiveFact]
    public void StopEndsASessionAtOnceUnderTrafficWithoutEnd()
    {
        using var lab = new Lab();
        using var traffic = new SteadyTraffic(lab.Tunnel, perSecond: 0);
        using var cancel = new CancellationTokenSource();
        var sink = new FlowRecordingSink { Then = _ => cancel.Cancel() };
        using FlowSession session = lab.Open(sink, Windows(100));
        session.Run(cancel.Token);
        DateTime end = sink.Windows[^1].Window.End.ToDateTime();
        Assert.True(traffic.IsRunning, "The sender ended before the session did.");
        Assert.InRange(DateTime.UtcNow - end, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [LiveFact]
    public void DevicesAreCountedBesideEachOtherAndTheLastWindowsAreHandedOut()
    {
        using var lab = new Lab();
        using LabTunnel two = lab.Space.Run(() => LabTunnel.Open("tun1", lab.Links, "100.64.1.1"));
        var sink = new FlowRecordingSink();
        using FlowSession session = lab.Open(
            sink,
            new() { Inputs = [], Interval = Long, IsContinuous = true },
            "tun*", "tun0", "none0", "x*");
        (Exception error, string source) = Assert.Single(sink.Errors);
        Assert.Equal(("none0", ErrorKind.DeviceNotFound), (source, Assert.IsType<TunStatsException>(error).Kind));
        using var one = new SteadyTraffic(lab.Tunnel, 100);
        using var other = new SteadyTraffic(two, 50);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        session.Run(cancel.Token);
        Assert.Equal(2, sink.Windows.Count);
        foreach ((string name, SteadyTraffic traffic) in new[] { ("tun0", one), ("tun1", other) })
        {
            FlowWindow window = sink.Windows.Single(w => w.Window.Source == name).Window;
            int sent = traffic.SentBetween(window.Start.ToDateTime(), window.End.ToDateTime());
            Assert.InRange((double)sink.TxPackets(name), sent - 2, sent + 2);
            Assert.NotEqual(0, sent);
        }
    }

    [LiveFact]
    public void DeviceThatGoesDoesNotEndTheOthers()
    {
        using var lab = new Lab();
        using LabTunnel two = lab.Space.Run(() => LabTunnel.Open("tun1", lab.Links, "100.64.1.1"));
        using var cancel = new CancellationTokenSource();
        bool isGone = false;
        var sink = new FlowRecordingSink();
        sink.Then = _ =>
        {
            if (!isGone)
            {
                isGone = true;
                two.Dispose();
            }
            else if (sink.Warnings.Any(text => text.StartsWith("tun1 is gone", StringComparison.Ordinal)))
            {
                cancel.Cancel();
            }
        };
        using var traffic = new SteadyTraffic(lab.Tunnel, 100);
        using FlowSession session = lab.Open(sink, Windows(100), "tun0", "tun1");
        session.Run(cancel.Token);
        Assert.True(cancel.IsCancellationRequested, "The session ended by itself.");
        Assert.Empty(sink.Errors);
        Assert.NotEqual(0ul, sink.TxPackets("tun0"));
    }

    [LiveFact]
    public void OpeningManyDevicesIsEndedByTheTokenAndLeavesNoRing()
    {
        using var lab = new Lab();
        for (int i = 0; i < 50; i++)
        {
            lab.Links.AddVeth($"d{i}", $"e{i}");
        }

        using var cancel = new CancellationTokenSource();
        var opening = new RingOpening(
            lab.There, new() { Bytes = 1 << 20 }, new CancellingClock(cancel), new FlowRecordingSink());
        string[] devices = [.. Enumerable.Range(0, 50).SelectMany(i => new[] { $"d{i}", $"e{i}" })];
        Assert.ThrowsAny<OperationCanceledException>(() => opening.Open(devices, cancel.Token));
        string sockets = lab.Space.Run(() => File.ReadAllText("/proc/thread-self/net/packet"));
        Assert.Single(sockets.TrimEnd('\n').Split('\n'));
    }

    [LiveFact]
    public void NamespaceThatIsReplacedIsFollowedByItsName()
    {
        using var first = new Lab();
        using var second = new Lab("100.64.9.1");
        using var before = new SteadyTraffic(first.Tunnel, 100);
        using var after = new SteadyTraffic(second.Tunnel, 100);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tunstats");
        string name = Path.Combine(folder.FullName, "space");
        File.CreateSymbolicLink(name, first.Space.Path);
        using var cancel = new CancellationTokenSource(Long);
        var sink = new FlowRecordingSink();
        sink.Then = _ =>
        {
            if (sink.Windows.Count == 3)
            {
                File.Delete(name);
                File.CreateSymbolicLink(name, second.Space.Path);
            }
            else if (sink.Flows.Any(flow => flow.SourceAddress == "100.64.9.1"))
            {
                cancel.Cancel();
            }
        };
        FlowSessionOptions options = Windows(100) with
        {
            Inputs = [new FlowInput(FlowInputKind.Device, "tun0")],
            NetworkNamespace = name,
        };
        using (FlowSession session = FlowSession.Open(options, sink))
        {
            session.Run(cancel.Token);
        }

        folder.Delete(recursive: true);
        Assert.Contains(sink.Warnings, text => text.Contains("is another one now", StringComparison.Ordinal));
        Assert.Contains(sink.Flows, flow => flow.SourceAddress == "100.64.0.1");
        Assert.Contains(sink.Flows, flow => flow.SourceAddress == "100.64.9.1");
        Assert.Empty(sink.Errors);
    }

    [LiveFact]
    public void SinkThatThrowsEndsItAll()
    {
        using var lab = new Lab();
        var sink = new FlowRecordingSink { Then = _ => throw new InvalidOperationException("Enough.") };
        using FlowSession session = lab.Open(sink, Windows(20), "tun0", "lo");
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => session.Run()));
        thread.Start();
        Assert.True(thread.Join(Long));
        Assert.IsType<InvalidOperationException>(thrown);
    }

    private static FlowSessionOptions Windows(double milliseconds) => new()
    {
        Inputs = [],
        Interval = TimeSpan.FromMilliseconds(milliseconds),
        IsContinuous = true,
    };

    /// <summary>Cancels when it is first asked, which is when the first ring is there.</summary>
    private sealed class CancellingClock(CancellationTokenSource cancel) : TimeProvider
    {
        public override long GetTimestamp()
        {
            cancel.Cancel();
            return base.GetTimestamp();
        }
    }

    /// <summary>A namespace with one tunnel that has an address.</summary>
    private sealed class Lab : IDisposable
    {
        internal Lab(string address = "100.64.0.1")
        {
            Space = new PrivateNamespace();
            Links = Space.OpenLinks();
            Tunnel = Space.Run(() => LabTunnel.Open("tun0", Links, address));
            There = Space.Open();
        }

        internal PrivateNamespace Space { get; }

        internal LabLinks Links { get; }

        internal LabTunnel Tunnel { get; }

        internal NetworkNamespace There { get; }

        internal FlowSession Open(IFlowSink sink, FlowSessionOptions options, params string[] names) =>
            FlowSession.Open(
                options with
                {
                    Inputs = [.. (names.Length == 0 ? ["tun0"] : names)
                        .Select(name => new FlowInput(FlowInputKind.Device, name))],
                    NetworkNamespace = Space.Path,
                },
                sink);

        public void Dispose()
        {
            There.Dispose();
            Tunnel.Dispose();
            Links.Dispose();
            Space.Dispose();
        }
    }
}
