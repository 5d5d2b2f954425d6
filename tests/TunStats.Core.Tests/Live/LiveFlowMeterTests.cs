using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Packets;
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
}
