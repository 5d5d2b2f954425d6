using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Netlink;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>Several devices at the same time, into one sink.</summary>
public sealed class LiveFlowCaptureTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [LiveFact]
    public void DevicesAreCountedBesideEachOtherAndTheLastWindowsAreHandedOut()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel one = space.Run(() => LabTunnel.Open("tun0", links));
        using LabTunnel two = space.Run(() => LabTunnel.Open("tun1", links, "100.64.1.1"));
        using NetworkNamespace there = space.Open();
        var sink = new Sink();
        using var capture = new DeviceFlowCapture(new FlowMeterOptions { Interval = Long }, sink);
        capture.Open(["tun*", "tun0", "none0", "x*"], there);
        Assert.Equal(["tun0", "tun1"], capture.Devices.Order());
        (Exception error, string source) = Assert.Single(sink.Errors);
        Assert.Equal(("none0", LinkErrorKind.NotFound), (source, Assert.IsType<LinkException>(error).Kind));
        using var cancel = new CancellationTokenSource();
        var thread = new Thread(() => capture.Run(cancel.Token));
        thread.Start();
        space.Run(() => one.Send(30));
        space.Run(() => two.Send(20));

        cancel.Cancel();

        Assert.True(thread.Join(Long));
        Assert.Equal(2, sink.Windows.Count);
        Assert.Equal(30ul, sink.Packets("tun0"));
        Assert.Equal(20ul, sink.Packets("tun1"));
    }

    [LiveFact]
    public void SinkThatThrowsEndsItAll()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        var sink = new Sink { Throws = true };
        using var capture = new DeviceFlowCapture(
            new FlowMeterOptions { Interval = TimeSpan.FromMilliseconds(20) }, sink);
        capture.Open(["tun0", "lo"], there);
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => capture.Run()));
        thread.Start();
        Assert.True(thread.Join(Long));
        Assert.IsType<InvalidOperationException>(thrown);
    }

    private sealed class Sink : IFlowSink
    {
        internal bool Throws { get; init; }

        internal List<(Exception Error, string Source)> Errors { get; } = [];

        internal List<(FlowWindow Window, TupleCounts[] Flows)> Windows { get; } = [];

        internal ulong Packets(string device) => Windows
            .Where(w => w.Window.Source == device)
            .SelectMany(w => w.Flows)
            .Aggregate(0ul, (sum, flow) => sum + flow.TxPackets);

        public void OnReport(FlowReport report)
        {
            if (Throws)
            {
                throw new InvalidOperationException("Enough.");
            }

            Windows.Add((report.Window, [.. report.TakeFlows()]));
        }

        public void OnError(Exception error, string source) => Errors.Add((error, source));

        public void OnWarning(string message) => throw new InvalidOperationException(message);
    }
}
