using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Packets;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>Windows over a device's packets, against the device's own counters.</summary>
public sealed class LiveFlowMeterTests
{
    [LiveFact]
    public void TheSumOfAllWindowsIsWhatTheDeviceCounted()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open("tun0", there);
        using LinkClient client = LinkClient.Open(there);
        using var cancel = new CancellationTokenSource();
        var options = new FlowMeterOptions { Interval = TimeSpan.FromMilliseconds(20) };
        var flows = new List<TupleCounts>();
        int windows = 0;
        byte[] packet = new byte[2048];
        foreach (FlowReport report in DeviceFlowMeter.Read(ring, options, TimeProvider.System, cancel.Token))
        {
            flows.AddRange(report.TakeFlows());
            report.Dispose();
            if (++windows < 10)
            {
                space.Run(() =>
                {
                    for (int i = 0; i < 500; i++)
                    {
                        tunnel.Send(1);
                        tunnel.Device.Read(packet);
                    }
                });
            }
            else
            {
                cancel.Cancel();
            }
        }

        RtnlLinkStats64 stats = client.GetStats("tun0");
        Assert.True(windows > 10);
        Assert.True(stats.TxPackets >= 4500);
        Assert.Equal(stats.TxPackets, flows.Aggregate(0ul, (sum, f) => sum + f.TxPackets));
        Assert.Equal(stats.TxBytes, flows.Aggregate(0ul, (sum, f) => sum + f.TxBytes));
    }

    /// <summary>The sender knows nothing of windows: their boundaries fall anywhere between its packets.</summary>
    [LiveFact]
    public void NumberedPacketsOverTenWindowsAreEachCountedOnce()
    {
        const int Numbers = 1000;
        const int Windows = 10;
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open("tun0", there);
        using var cancel = new CancellationTokenSource();
        using var enough = new ManualResetEventSlim();
        byte[][] packets = [.. Enumerable.Range(1, Numbers)
            .Select(number => CaptureBytes.Udp($"100.64.0.2:{number}", "100.64.0.1:9", number % 50))];
        ulong[] sent = new ulong[Numbers], got = new ulong[Numbers];
        ulong sentBytes = 0, gotBytes = 0;
        var sender = new Thread(() =>
        {
            // The ring holds far more than what it may lag behind by, and the sender never runs away from it.
            for (int i = 0; !enough.Wait(i % 100 == 0 ? 1 : 0); i++)
            {
                tunnel.Device.Write(packets[i % Numbers]);
                sent[i % Numbers]++;
                sentBytes += (ulong)packets[i % Numbers].Length;
            }
        });
        int windows = 0, busy = 0;
        var options = new FlowMeterOptions { Interval = TimeSpan.FromMilliseconds(20) };
        sender.Start();
        foreach (FlowReport report in DeviceFlowMeter.Read(ring, options, TimeProvider.System, cancel.Token))
        {
            ulong before = gotBytes;
            foreach (TupleCounts flow in report.TakeFlows().Where(f => f.RxPackets > 0))
            {
                got[flow.DestinationPort - 1] += flow.RxPackets;
                gotBytes += flow.RxBytes;
            }

            report.Dispose();
            busy += gotBytes > before ? 1 : 0;
            if (++windows == Windows)
            {
                enough.Set();
                sender.Join();
                cancel.Cancel();
            }
        }

        Assert.True(busy > 1, "All packets fell into one window.");
        Assert.Equal(0ul, ring.ReadStatistics().PacketsDropped);
        Assert.Equal(sent, got);
        Assert.Equal(sentBytes, gotBytes);
    }
}
