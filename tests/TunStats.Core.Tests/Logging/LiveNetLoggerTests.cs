using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Classes;
using TunStats.Lab;
using TunStats.Logging;
using TunStats.Metrics;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Sessions;
using TunStats.Tests.Export;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Logging;

/// <summary>Loggers over devices of this kernel.</summary>
public sealed class LiveNetLoggerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly NetLoggers _registry = new();
    private readonly RecordingObserver _observer = new();
    private readonly FakeLogSink _sink = new();

    /// <summary>
    /// Within one long window a connection is seen before and one after the kernel has a new route, and one after other
    /// routes were given: each has the class of its time.
    /// </summary>
    [LiveFact]
    public void RoutesThatChangeCountFromThatInstantWithinTheWindow()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using LabRoutes routes = space.OpenRoutes();
        using NetLogger logger = Open("tun0", space.Path, PhysicalLayer.None, Long);
        using var run = new Running(logger);
        Receive(tunnel, "10.9.0.1:1");
        WaitForPacket();
        routes.Add("10.9.0.0/16", "tun0");
        FakeLogSink.WaitFor(() => IsSubnet(logger));
        Receive(tunnel, "10.9.0.1:2");
        WaitForPacket();
        logger.Reconfigure(new ClassifierOptions { Overlay = ["10.9.0.0/16", "100.64.0.0/10"] });
        Receive(tunnel, "10.9.0.1:3");
        run.Stop();

        NetLogMessage message = Assert.Single(_observer.Messages);
        Assert.Equal(["10.9.0.1:1"], Ends(message.ExitTraffic));
        Assert.Equal(["10.9.0.1:2"], Ends(message.SubnetTraffic));
        Assert.Equal(["10.9.0.1:3"], Ends(message.VirtualTraffic));
        Assert.Empty(_observer.Warnings);

        // What the kernel answers by ICMP is traffic, too.
        static IEnumerable<string> Ends(IEnumerable<ConnectionCounts> entries) =>
            entries.Where(entry => entry.Proto == "UDP").Select(entry => entry.Dst);
    }

    /// <summary>The bytes below the tunnel are those of the peer, in the message of their window.</summary>
    [ToolFact("wireguard-go", "wg")]
    public void PhysicalTrafficIsThatOfThePeers()
    {
        using var pair = new WireGuardPair();
        LabTraffic.Exchange(
            pair.Left.Space, WireGuardPair.LeftIPv4, pair.Right.Space, WireGuardPair.RightIPv4, 1001, 20);
        using NetLogger logger = Open(pair.Left.Device, pair.Left.Space.Path, PhysicalLayer.Auto, Long);
        using var run = new Running(logger);
        LabTraffic.Exchange(
            pair.Left.Space, WireGuardPair.LeftIPv4, pair.Right.Space, WireGuardPair.RightIPv4, 1002, 20);
        run.Stop();

        Assert.Empty(_observer.Warnings);
        NetLogMessage message = Assert.Single(_observer.Messages);
        ConnectionCounts below = Assert.Single(message.PhysicalTraffic);
        Assert.Equal(($"{WireGuardPair.RightIPv4}:0", "192.0.2.2:51820"), (below.Src, below.Dst));
        ulong sent = message.VirtualTraffic.Aggregate(0ul, (sum, entry) => sum + entry.TxBytes);
        Assert.InRange(below.TxBytes, sent, sent * 4);
        string metrics = Encoding.UTF8.GetString(logger.Metrics.ToUtf8(MetricsFormat.Prometheus));
        Assert.Contains("wireguard_sent_bytes_total{", metrics, StringComparison.Ordinal);
    }

    /// <summary>Ten starts and stops leave no descriptor and no thread.</summary>
    [LiveFact]
    public void StartingAndStoppingLeavesNoDescriptor()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        Once();
        int before = Directory.GetFileSystemEntries("/proc/self/fd").Length;
        for (int i = 0; i < 10; i++)
        {
            Once();
            Assert.Empty(_registry.Running);
        }

        FakeLogSink.WaitFor(() => Directory.GetFileSystemEntries("/proc/self/fd").Length <= before);
        FakeLogSink.WaitFor(() => Names().All(name => name is not ("TunStats flows" or "TunStats routes"
            or "TunStats peers" or "TunStats sink")));

        void Once()
        {
            using NetLogger logger = Open("tun0", space.Path, PhysicalLayer.Auto, TimeSpan.FromMilliseconds(50));
            using var run = new Running(logger);
            Receive(tunnel, "100.64.0.2:1");
            FakeLogSink.WaitFor(() => logger.Status.Messages > 0);
            run.Stop();
        }

        static IEnumerable<string> Names() => Directory.GetDirectories("/proc/self/task").Select(task =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm")).Trim();
            }
            catch (IOException)
            {
                return "";
            }
        });
    }

    private static bool IsSubnet(NetLogger logger) =>
        logger.ClassifierOf("tun0")!.Classify(IpAddr.Parse("10.9.0.1")).Class == AddressClass.Subnet;

    private static void Receive(LabTunnel tunnel, string source) =>
        tunnel.Device.Write(CaptureBytes.Udp(source, "100.64.0.1:9", 10));

    // Stamps of packets are exact to a fraction of a millisecond: a change that follows is clearly later.
    private static void WaitForPacket() => Thread.Sleep(20);

    private NetLogger Open(string device, string space, PhysicalLayer layer, TimeSpan interval) => NetLogger.Open(
        new NetLoggerOptions
        {
            Flows = new FlowSessionOptions
            {
                Inputs = [new FlowInput(FlowInputKind.Device, device)],
                NetworkNamespace = space,
                Interval = interval,
                IsContinuous = true,
                Classes = new ClassifierOptions(),
                Peers = new PeerSourceOptions { Layer = layer },
            },
            Messages = new NetLogMessageOptions { IncludeExit = true },
            Sinks = [_sink],
        },
        _observer,
        _registry);

    /// <summary>A logger on a thread of its own.</summary>
    private sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Thread _thread;
        private Exception? _error;

        internal Running(NetLogger logger)
        {
            _thread = new Thread(() => _error = Record.Exception(() => logger.Run(_stop.Token)));
            _thread.Start();
        }

        internal void Stop()
        {
            _stop.Cancel();
            Assert.True(_thread.Join(Long), "The logger does not end.");
            Assert.Null(_error);
        }

        public void Dispose()
        {
            _stop.Cancel();
            _thread.Join();
            _stop.Dispose();
        }
    }
}
