using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Net;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>The packet ring on this kernel's own devices.</summary>
public sealed class LivePacketRingTests
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [LiveFact]
    public void EveryPacketOfATunnelIsCountedAndTheDeviceAgrees()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        using LinkClient client = LinkClient.Open(there);
        using PacketRing ring = PacketRing.Open("tun0", there);
        byte[] answer = CaptureBytes.Udp("100.64.0.2:9", "100.64.0.1:1", 200);
        space.Run(() =>
        {
            byte[] packet = new byte[2048];
            for (int i = 0; i < 1000; i++)
            {
                tunnel.Send(1);
                Assert.NotEqual(0, tunnel.Device.Read(packet));
                tunnel.Device.Write(answer);
            }

            // The kernel answers some of them (ICMP); a TUN device counts a packet as sent once it is read.
            while (tunnel.Device.Read(packet) > 0)
            {
            }
        });

        List<PacketRecord> got = Drain(ring);

        RtnlLinkStats64 stats = client.GetStats("tun0");
        Assert.Equal((stats.TxPackets, stats.TxBytes), Sum(got, PacketDirection.Tx));
        Assert.Equal((stats.RxPackets, stats.RxBytes), Sum(got, PacketDirection.Rx));
        Assert.Equal((1000ul, 228_000ul), Sum(got, PacketDirection.Rx));
        Assert.Contains(got, p => p.Key.Source == AddrPort.Parse("100.64.0.1:1")
            && p.Key.Destination == AddrPort.Parse("100.64.0.2:9") && p.Direction == PacketDirection.Rx);
        PacketRingStatistics seen = ring.ReadStatistics();
        Assert.True(seen.PacketsReceived >= stats.TxPackets + stats.RxPackets);
        Assert.Equal(0ul, seen.PacketsDropped);
    }

    /// <summary>The kernel marks the first block after the gap: no packet of the time before is read with it.</summary>
    [LiveFact]
    public void PacketsThatFoundNoRoomAreReportedWhereTheyAreMissing()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open("tun0", there, options: new() { Bytes = RingBudget.Smallest });
        tunnel.Send(5000);
        List<PacketRecord> before = Drain(ring);
        Assert.False(ring.HasLost);
        tunnel.Send(10);
        var packets = new PacketRecord[100];
        int after = ring.Read(packets, TimeSpan.FromSeconds(60));
        Assert.True(ring.HasLost);
        Assert.Equal(5000ul, ring.ReadStatistics().PacketsDropped + (ulong)before.Count);
        Assert.False(ring.HasLost);
        Assert.InRange(after, 1, 10);
    }

    [LiveFact]
    public void EthernetIsReadWithoutItsHeaderAndPadding()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("veth0", "veth1");
        links.AddAddress("veth0", IPAddress.Parse("10.9.0.1"), 24);
        links.SetUp("veth0");
        links.SetUp("veth1");
        using NetworkNamespace there = space.Open();
        using PacketRing sender = PacketRing.Open("veth0", there);
        using PacketRing receiver = PacketRing.Open("veth1", there);
        byte[] packet = CaptureBytes.Udp("10.9.0.1:1", "10.9.0.2:2");
        using SafeFileDescriptor raw = there.OpenSocket(PacketConstants.AF_PACKET, SocketConstants.SOCK_RAW, 0);
        byte[][] frames =
        [
            CaptureBytes.Ethernet(packet),
            CaptureBytes.Ethernet(packet, 0x8100),
            CaptureBytes.Ethernet(packet, 0x88a8, 0x8100),
            [.. CaptureBytes.Ethernet(packet)[..12], 0x88, 0x64, 0x11, 0, 0, 7, 0, 38, 0, 0x21, .. packet],
            [.. CaptureBytes.Ethernet(packet)[..12], 0x88, 0x47, 0, 1, 0x41, 64, .. packet],
        ];
        foreach (byte[] frame in frames)
        {
            frame.AsSpan(0, 6).Fill(0xff);
            SendFrame(raw, frame, links.IndexOf("veth0"));
        }

        List<PacketRecord> sent = Drain(sender), received = Drain(receiver);

        FlowKey key = PacketParser.Parse(packet);
        Assert.Equal((5ul, 180ul), Sum(sent.Where(p => p.Key == key), PacketDirection.Tx));
        Assert.Equal((5ul, 180ul), Sum(received.Where(p => p.Key == key.Swap()), PacketDirection.Rx));
    }

    [LiveFact]
    public void TheRingFollowsADeviceThatGoesDownAndUpAndIsMadeAgain()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using NetworkNamespace there = space.Open();
        PacketRing? ring = null;
        try
        {
            for (int life = 0; life < 2; life++)
            {
                using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
                ring ??= PacketRing.Open("tun0", there);
                WaitForPackets(ring, () => space.Run(() => tunnel.Send(1)));
                links.SetUp("tun0", up: false);
                Assert.Equal(0, ring.Read(new PacketRecord[1], Quiet));
                links.SetUp("tun0");
                WaitForPackets(ring, () => space.Run(() => tunnel.Send(1)));
            }
        }
        finally
        {
            ring?.Dispose();
        }
    }

    /// <summary>The packets before the end come in a block that the kernel hands out after it.</summary>
    [LiveFact]
    public async Task ADeviceThatIsMadeAgainInTrafficIsTakenUpWithinMilliseconds()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using NetworkNamespace there = space.Open();
        var time = new ManualTimeProvider();
        using var stop = new CancellationTokenSource();
        LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using PacketRing ring = PacketRing.Open("tun0", there, time);
        int received = 0;
        Task reading = Task.Run(() =>
        {
            var packets = new PacketRecord[16];
            while (!stop.IsCancellationRequested)
            {
                int count = ring.Read(packets, Timeout.InfiniteTimeSpan, stop.Token);
                Interlocked.Add(ref received, count);
            }
        });
        for (int life = 1; life <= 5; life++)
        {
            int before = Volatile.Read(ref received), written = 0;
            Task writing = Task.Run(() => written = WriteUntilRefused(tunnel.Device));
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref received) > before, Patience));
            links.SetUp("tun0", up: false);
            await writing.WaitAsync(Patience);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref received) >= before + written, Patience));
            tunnel.Dispose();
            tunnel = space.Run(() => LabTunnel.Open("tun0", links));
            TimeSpan waited = default;
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    // Time passes only while the ring waits.
                    if (ring.Returns < life && time.Timers > 0)
                    {
                        time.Advance(TimeSpan.FromMilliseconds(2));
                        waited += TimeSpan.FromMilliseconds(2);
                        Thread.Sleep(1);
                    }

                    return ring.Returns >= life;
                },
                Patience));
            Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));
        }

        tunnel.Dispose();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [LiveFact]
    public void ARenamedDeviceIsFollowedUntilItGoesAndThenTheNextOfItsOldName()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using NetworkNamespace there = space.Open();
        LabTunnel first = space.Run(() => LabTunnel.Open("tun0", links));
        using PacketRing ring = PacketRing.Open("tun0", there);
        links.Rename("tun0", "busy0");
        using LabTunnel second = space.Run(() => LabTunnel.Open("tun0", links, "100.64.9.1"));
        using (first)
        {
            // Longer than the ring goes without a look at its device.
            for (int i = 0; i < 8; i++)
            {
                first.Send(10);
                second.Send(10);
                List<PacketRecord> got = Drain(ring);
                Assert.Equal(10, got.Count(p => p.Key.SourceAddress == IpAddr.Parse("100.64.0.1")));
                Assert.DoesNotContain(got, p => p.Key.SourceAddress == IpAddr.Parse("100.64.9.1"));
            }

            Assert.Equal(("tun0", "busy0"), (ring.Name, ring.CurrentName));
            first.Send(1000);
        }

        List<PacketRecord> last = Drain(ring);
        Assert.Equal(1000, last.Count(p => p.Key.SourceAddress == IpAddr.Parse("100.64.0.1")));
        WaitForPackets(ring, () => second.Send(1));
    }

    [LiveFact]
    public void ADeviceThatGoesTakesNoPacketWithItThatItCarried()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using NetworkNamespace there = space.Open();
        LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using PacketRing ring = PacketRing.Open("tun0", there);
        byte[] packet = CaptureBytes.Udp("100.64.0.2:9", "100.64.0.1:1", 200);
        using (tunnel)
        {
            for (int i = 0; i < 5000; i++)
            {
                tunnel.Device.Write(packet);
            }
        }

        Assert.Throws<TunStatsException>(() => links.IndexOf("tun0"));
        Assert.Equal((5000ul, 5000ul * 228), Sum(Drain(ring), PacketDirection.Rx));
    }

    /// <summary>
    /// Numbered packets without a pause: whenever the ring was found empty, all that were sent earlier than the
    /// settle time before that had been returned.
    /// </summary>
    [LiveFact]
    public void WhatWasSentBeforeTheRingWasFoundEmptyHasBeenReturned()
    {
        const int Packets = 3000;
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open("tun0", there);
        long[] sentAt = new long[Packets];
        var sender = new Thread(() =>
        {
            for (int i = 0; i < Packets; i++)
            {
                Thread.Sleep(i % 10 == 0 ? 1 : 0);
                byte[] packet = CaptureBytes.Udp($"100.64.0.2:{i + 1}", "100.64.0.1:9");
                tunnel.Device.Write(packet);
                Volatile.Write(ref sentAt[i], TimeProvider.System.GetTimestamp());
            }
        });
        sender.Start();
        var packets = new PacketRecord[64];
        int got = 0;
        var missing = new List<TimeSpan>();
        while (got < Packets)
        {
            int read = ring.Read(packets, TimeSpan.FromMilliseconds(1));
            got += packets[..read].Count(p => p.Direction == PacketDirection.Rx);
            if (got < Packets && Volatile.Read(ref sentAt[got]) is > 0 and long at)
            {
                missing.Add(TimeProvider.System.GetElapsedTime(at, ring.DrainedAt));
            }
        }

        sender.Join();

        // A machine that is overloaded may fire the kernel's timer late, but not nearly always.
        Assert.NotEmpty(missing);
        Assert.True(
            missing.Count(ago => ago >= PacketRing.SettleTime) <= missing.Count / 10,
            $"Packets sent up to {missing.Max().TotalMilliseconds} ms before were missing.");
    }

    [LiveFact]
    public void AWaitEndsWhenItIsCancelled()
    {
        using var space = new PrivateNamespace();
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open("lo", there);
        using var cancel = new CancellationTokenSource();
        var reader = new Thread(() => Record.Exception(
            () => ring.Read(new PacketRecord[1], Timeout.InfiniteTimeSpan, cancel.Token)));
        reader.Start();
        Assert.False(reader.Join(Quiet));
        cancel.Cancel();
        Assert.True(reader.Join(TimeSpan.FromSeconds(30)));
    }

    [LiveFact]
    public void ARingForWhichThereIsNoMemoryIsMadeSmallerWithAWarning()
    {
        using var space = new PrivateNamespace();
        using NetworkNamespace there = space.Open();
        var warnings = new List<string>();
        var options = new PacketRingOptions { Warn = warnings.Add };
        RefusedCall.Mapping((uint)RingBudget.OneDevice, Errno.ENOMEM, () =>
        {
            using PacketRing ring = PacketRing.Open("lo", there, options: options);
            Assert.Equal(RingBudget.OneDevice / 2, ring.Bytes);
        });
        Assert.Equal(
            "lo: the kernel has memory for a ring of 16384 KiB, not of 32768 KiB; packets may be lost where many "
            + "arrive at the same time. Count fewer devices, or free memory.",
            Assert.Single(warnings));

        using PacketRing smallest = PacketRing.Open("lo", there, options: options with { Bytes = RingBudget.Smallest });
        using PacketRing odd = PacketRing.Open("lo", there, options: options with { Bytes = 3_000_000 });
        Assert.Equal((RingBudget.Smallest, 45 * 64 * 1024), (smallest.Bytes, odd.Bytes));
        Assert.Single(warnings);
    }

    [LiveFact]
    public void ADeviceThatIsNotThereIsNamed()
    {
        using var space = new PrivateNamespace();
        using NetworkNamespace there = space.Open();
        TunStatsException error = Assert.Throws<TunStatsException>(() => PacketRing.Open("tun7", there));
        Assert.Equal(ErrorKind.DeviceNotFound, error.Kind);
    }

    [Fact]
    public void WithoutTheCapabilityTheErrorSaysHowToGetIt()
    {
        TunStatsException error = PacketRingErrors.From("socket", Errno.EPERM);
        Assert.Equal(ErrorKind.CaptureDenied, error.Kind);
        Assert.Contains("CAP_NET_RAW", error.Message);
        Assert.Contains("setcap cap_net_raw+ep", error.Message);
        Assert.Equal(ErrorKind.CaptureOutOfMemory, PacketRingErrors.From("mmap", Errno.ENOMEM).Kind);
    }

    internal static List<PacketRecord> Drain(PacketRing ring)
    {
        var all = new List<PacketRecord>();
        var packets = new PacketRecord[100];
        for (int read; (read = ring.Read(packets, Quiet)) > 0;)
        {
            all.AddRange(packets[..read]);
        }

        return all;
    }

    private static void WaitForPackets(PacketRing ring, Action send)
    {
        // How soon the ring is back is not promised: it is asked until it is, or the test fails.
        for (int i = 0; i < 100; i++)
        {
            send();
            if (Drain(ring).Exists(p => p.Direction == PacketDirection.Tx))
            {
                return;
            }
        }

        Assert.Fail("The ring did not come back to its device.");
    }

    private static (ulong Packets, ulong Bytes) Sum(IEnumerable<PacketRecord> packets, PacketDirection direction)
    {
        PacketRecord[] chosen = [.. packets.Where(p => p.Direction == direction)];
        return ((ulong)chosen.Length, (ulong)chosen.Sum(p => p.Bytes));
    }

    /// <summary>Writes packets until the device is down.</summary>
    /// <returns>The number of packets.</returns>
    private static int WriteUntilRefused(TunDevice device)
    {
        byte[] packet = CaptureBytes.Udp("100.64.0.2:9", "100.64.0.1:1", 200);
        for (int written = 0; ; written++)
        {
            try
            {
                device.Write(packet);

                // So that the ring waits while its last block has packets.
                Thread.Sleep(1);
            }
            catch (LabException)
            {
                return written;
            }
        }
    }

    private static unsafe void SendFrame(SafeFileDescriptor socket, byte[] frame, int index)
    {
        sockaddr_ll to = new() { sll_family = PacketConstants.AF_PACKET, sll_ifindex = index, sll_halen = 6 };
        fixed (byte* data = frame)
        {
            nint sent = Libc.sendto(socket, data, (nuint)frame.Length, 0, &to, (uint)sizeof(sockaddr_ll));
            Assert.Equal(frame.Length, sent);
        }
    }
}
