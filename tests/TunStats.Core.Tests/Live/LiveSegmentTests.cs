using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Interop.PacketConstants;

namespace TunStats.Tests.Live;

/// <summary>Frames of many packets, counted where they are sent and where they arrive one by one.</summary>
public sealed class LiveSegmentTests
{
    private const int Port = 5001;
    private const int Megabytes3 = 3_000_000;

    [LiveTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void TcpCountsAsTheOtherEndCountsIt(bool ipv6, bool isReversed)
    {
        using var path = new SegmentedPath();
        (PrivateNamespace from, PrivateNamespace to) = isReversed ? (path.Right, path.Left) : (path.Left, path.Right);
        string address = isReversed ? SegmentedPath.LeftAddress(ipv6) : SegmentedPath.RightAddress(ipv6);
        BothEnds ends = Measure(path, () => LabTraffic.Stream(from, to, address, Port, Megabytes3), IsOfPort);
        PacketDirection data = isReversed ? PacketDirection.Rx : PacketDirection.Tx;
        AssertSegmented(ends, isReversed, (ulong)Megabytes3);
        Assert.InRange(Sum(ends.Left, data).Packets, 2000ul, 4000ul);
    }

    [LiveTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void BigTcpKeepsItsConnectionAndCountsAsTheOtherEndCountsIt(bool ipv6)
    {
        using var path = new SegmentedPath();
        path.LeftLinks.SetFrameSize(SegmentedPath.Device, 200_000);

        // A router takes the jumbo header for part of each segment: it must fit into the MTU too.
        path.LeftLinks.SetMtu(SegmentedPath.Device, 1400);
        string address = SegmentedPath.RightAddress(ipv6);
        BothEnds ends = Measure(
            path, () => LabTraffic.Stream(path.Left, path.Right, address, Port, 4 * Megabytes3), IsOfPort);
        Assert.Contains(ends.Left, p => p.FrameBytes > 65_575);
        AssertSegmented(ends, isReversed: false, 4ul * Megabytes3);
    }

    [LiveTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void UdpCountsAsTheOtherEndCountsIt(bool ipv6)
    {
        const SocketOptionLevel SOL_UDP = (SocketOptionLevel)17;
        const int UDP_SEGMENT = 103;
        using var path = new SegmentedPath();
        IPEndPoint there = new(IPAddress.Parse(SegmentedPath.RightAddress(ipv6)), Port);
        using Socket socket = path.Left.Run(() => new Socket(there.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        socket.SetRawSocketOption((int)SOL_UDP, UDP_SEGMENT, BitConverter.GetBytes(1000));
        BothEnds ends = Measure(
            path,
            () =>
            {
                for (int i = 0; i < 20; i++)
                {
                    socket.SendTo(new byte[10_500], there);
                }
            },
            IsOfPort);
        AssertSegmented(ends, isReversed: false, 210_000);
        Assert.Equal(220ul, Sum(ends.Left, PacketDirection.Tx).Packets);
    }

    [LiveFact]
    public void TcpInsideATunnelOverUdpCountsAsTheOtherEndCountsIt()
    {
        using var path = new SegmentedPath();
        string left = SegmentedPath.LeftAddress(ipv6: false), right = SegmentedPath.RightAddress(ipv6: false);
        Tunnel(path.LeftLinks, left, right, "10.9.0.1");
        Tunnel(path.RightLinks, right, left, "10.9.0.2");
        LabTraffic.Stream(path.Left, path.Right, "10.9.0.2", Port, 1);
        BothEnds ends = Measure(
            path,
            () => LabTraffic.Stream(path.Left, path.Right, "10.9.0.2", Port + 1, Megabytes3),
            p => p.Key.SourcePort == 4789 || p.Key.DestinationPort == 4789);
        AssertSegmented(ends, isReversed: false, (ulong)Megabytes3);

        static void Tunnel(LabLinks links, string local, string remote, string address)
        {
            links.AddVxlan("vxlan0", local, remote);
            links.AddAddress("vxlan0", IPAddress.Parse(address), 24);
            links.SetUp("vxlan0");
        }
    }

    /// <summary>
    /// The kernel has no words for UDP fragments that a virtual machine leaves to it: it drops such a frame after it
    /// took the place in the ring, where an earlier frame still stands.
    /// </summary>
    [LiveFact]
    public void AFrameThatTheKernelCannotDescribeIsReportedFromWhatStoodThereBefore()
    {
        const int Rounds = 20_000;
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using TunDevice device = space.Run(() => TunDevice.Open("tun0", hasSegments: true));
        links.SetUp("tun0");
        using NetworkNamespace there = space.Open();
        using PacketRing ring = PacketRing.Open(
            "tun0", there, options: new PacketRingOptions { Bytes = RingBudget.Smallest });
        byte[] plain = [.. new byte[10], .. CaptureBytes.Udp("10.0.0.2:1", "10.0.0.1:1")];
        byte[] tcp = Segmented(VIRTIO_NET_HDR_GSO_TCPV4, 1000, CaptureBytes.Udp("10.0.0.2:2", "10.0.0.1:2", 3500, 6));
        byte[] udp = Segmented(VIRTIO_NET_HDR_GSO_UDP_L4, 1000, CaptureBytes.Udp("10.0.0.2:3", "10.0.0.1:3", 3500));
        byte[] fragments = Segmented(VIRTIO_NET_HDR_GSO_UDP, 1480, CaptureBytes.Udp("10.0.0.2:4", "10.0.0.1:4", 3500));
        var packets = new PacketRecord[64];
        ulong[] counts = new ulong[5], bytes = new ulong[5];
        var sender = new Thread(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                device.Write(plain);
                device.Write(tcp);
                device.Write(udp);
                device.Write(fragments);

                // The ring is as small as it can be: it must come around often, and not run over.
                if (i % 20 == 0)
                {
                    Thread.Sleep(1);
                }
            }
        });
        sender.Start();
        bool isSent;
        int read;
        do
        {
            isSent = sender.Join(0);
            read = ring.Read(packets, TimeSpan.FromMilliseconds(100));
            foreach (PacketRecord packet in packets.AsSpan(0, read))
            {
                counts[packet.Key.SourcePort] += packet.Packets;
                bytes[packet.Key.SourcePort] += packet.Bytes;
            }
        }
        while (!isSent || read > 0);

        PacketRingStatistics statistics = ring.ReadStatistics();
        ulong lost = statistics.PacketsDropped - statistics.PacketsUnreadable;
        Assert.Equal(4ul * Rounds, counts[1] + (counts[2] / 4) + (counts[3] / 4) + (counts[4] / 3)
            + statistics.PacketsUnreadable + lost);
        Assert.InRange(counts[1], (ulong)Rounds - lost, (ulong)Rounds);
        Assert.Equal(counts[1] * 36, bytes[1]);
        Assert.Equal((counts[2] / 4 * 3500) + (counts[2] * 40), bytes[2]);
        Assert.Equal((counts[3] / 4 * 3500) + (counts[3] * 28), bytes[3]);
        Assert.InRange(statistics.PacketsUnreadable + (counts[4] / 3), (ulong)Rounds - lost, (ulong)Rounds);
        Assert.Equal(0ul, statistics.PacketsSkipped);

        static byte[] Segmented(byte type, ushort size, byte[] packet)
        {
            bool isTcp = type == VIRTIO_NET_HDR_GSO_TCPV4;
            byte[] header =
            [
                VIRTIO_NET_HDR_F_NEEDS_CSUM, type, .. BitConverter.GetBytes((ushort)(isTcp ? 40 : 28)),
                .. BitConverter.GetBytes(size), .. BitConverter.GetBytes((ushort)20),
                .. BitConverter.GetBytes((ushort)(isTcp ? 16 : 6)),
            ];
            return [.. header, .. packet];
        }
    }

    [LiveFact]
    public void FramesAreCountedWhereTheKernelRefusesTheOptionAndOneWarningSaysSo()
    {
        using var path = new SegmentedPath();
        using NetworkNamespace left = path.Left.Open();
        var warnings = new List<string>();
        PacketRing? ring = null;
        RefusedCall.SocketOption(
            PACKET_VNET_HDR,
            Errno.EINVAL,
            () => ring = PacketRing.Open(
                SegmentedPath.Device, left, options: new PacketRingOptions { Warn = warnings.Add }));
        using (ring)
        {
            string address = SegmentedPath.RightAddress(ipv6: false);
            LabTraffic.Stream(path.Left, path.Right, address, Port, Megabytes3);
            PacketRecord[] got = [.. LivePacketRingTests.Drain(ring!).Where(IsOfPort)];
            Assert.False(ring!.CountsSegments);
            Assert.All(got, p => Assert.Equal((1u, p.FrameBytes), (p.Packets, p.Bytes)));
            Assert.Contains(got, p => p.FrameBytes > 1500);
        }

        string warning = Assert.Single(warnings);
        Assert.Contains("cable0: the kernel does not say how many packets", warning);
        Assert.Contains("PACKET_VNET_HDR: Invalid argument", warning);
    }

    private static bool IsOfPort(PacketRecord packet) => packet.Key.SourcePort == Port
        || packet.Key.DestinationPort == Port;

    /// <summary>What the sender counts equals what arrives, though it saw fewer frames.</summary>
    private static void AssertSegmented(BothEnds ends, bool isReversed, ulong payload)
    {
        Assert.Equal(Sum(ends.Left, PacketDirection.Tx), Sum(ends.Right, PacketDirection.Rx));
        Assert.Equal(Sum(ends.Left, PacketDirection.Rx), Sum(ends.Right, PacketDirection.Tx));
        List<PacketRecord> sender = isReversed ? ends.Right : ends.Left;
        List<PacketRecord> receiver = isReversed ? ends.Left : ends.Right;
        Assert.True(Sum(sender, PacketDirection.Tx).Bytes > payload);
        Assert.True(sender.Exists(p => p.Packets > 1), "No frame had several segments.");
        Assert.All(receiver.Where(p => p.Direction == PacketDirection.Rx), p => Assert.Equal(1u, p.Packets));
    }

    /// <summary>Counts at both ends, and compares the frames with the counters of both devices.</summary>
    private static BothEnds Measure(SegmentedPath path, Action traffic, Func<PacketRecord, bool> isWanted)
    {
        // Neighbours are found before anything is counted.
        LabTraffic.Stream(path.Left, path.Right, SegmentedPath.RightAddress(ipv6: false), Port + 9, 1);
        LabTraffic.Stream(path.Left, path.Right, SegmentedPath.RightAddress(ipv6: true), Port + 9, 1);
        using NetworkNamespace left = path.Left.Open(), right = path.Right.Open();
        using var leftEnd = new End(left);
        using var rightEnd = new End(right);

        // New devices announce themselves when they like: nothing may pass between the two beginnings.
        while (leftEnd.Pull() | rightEnd.Pull())
        {
        }

        leftEnd.Begin();
        rightEnd.Begin();
        traffic();

        // The last acknowledgements may still be on their way: both ends are quiet before either is compared.
        while (leftEnd.Pull() | rightEnd.Pull())
        {
        }

        return new BothEnds([.. leftEnd.Finish().Where(isWanted)], [.. rightEnd.Finish().Where(isWanted)]);
    }

    private static (ulong Packets, ulong Bytes) Sum(IEnumerable<PacketRecord> packets, PacketDirection direction)
    {
        PacketRecord[] chosen = [.. packets.Where(p => p.Direction == direction)];
        return ((ulong)chosen.Sum(p => p.Packets), (ulong)chosen.Sum(p => p.Bytes));
    }

    private sealed record BothEnds(List<PacketRecord> Left, List<PacketRecord> Right);

    /// <summary>A ring on the device of one end, and the device's counters.</summary>
    private sealed class End : IDisposable
    {
        private const int EthernetHeader = 14;

        private readonly LinkClient _client;
        private readonly PacketRing _ring;
        private readonly List<PacketRecord> _pulled = [];
        private RtnlLinkStats64 _before;
        private ulong _skipped;

        internal End(NetworkNamespace space)
        {
            _client = LinkClient.Open(space);
            _ring = PacketRing.Open(SegmentedPath.Device, space);
            Assert.True(_ring.CountsSegments);
            Begin();
        }

        /// <summary>Forgets what came until now.</summary>
        [MemberNotNull(nameof(_before))]
        internal void Begin()
        {
            _pulled.Clear();
            Settle(out _before);
            _skipped = _ring.ReadStatistics().PacketsSkipped;
        }

        /// <summary>Reads what came until now; whether anything did.</summary>
        internal bool Pull()
        {
            List<PacketRecord> more = LivePacketRingTests.Drain(_ring);
            _pulled.AddRange(more);
            return more.Count > 0;
        }

        internal List<PacketRecord> Finish()
        {
            List<PacketRecord> got = [.. _pulled, .. Settle(out RtnlLinkStats64 after)];
            PacketRingStatistics statistics = _ring.ReadStatistics();
            Assert.Equal(0ul, statistics.PacketsDropped);

            // ARP is counted by the device alone.
            if (statistics.PacketsSkipped == _skipped)
            {
                Assert.Equal(after.TxPackets - _before.TxPackets, Frames(got, PacketDirection.Tx).Frames);
                Assert.Equal(after.TxBytes - _before.TxBytes, Frames(got, PacketDirection.Tx).Bytes);
                Assert.Equal(after.RxPackets - _before.RxPackets, Frames(got, PacketDirection.Rx).Frames);
                Assert.Equal(after.RxBytes - _before.RxBytes, Frames(got, PacketDirection.Rx).Bytes);
            }

            return got;
        }

        /// <summary>Reads all packets and then the counters, at a moment when nothing came in between.</summary>
        private List<PacketRecord> Settle(out RtnlLinkStats64 counters)
        {
            List<PacketRecord> all = LivePacketRingTests.Drain(_ring), more;
            do
            {
                counters = _client.GetStats(SegmentedPath.Device);
                more = LivePacketRingTests.Drain(_ring);
                all.AddRange(more);
            }
            while (more.Count > 0);
            return all;
        }

        public void Dispose()
        {
            _ring.Dispose();
            _client.Dispose();
        }

        private static (ulong Frames, ulong Bytes) Frames(List<PacketRecord> packets, PacketDirection direction)
        {
            PacketRecord[] chosen = [.. packets.Where(p => p.Direction == direction)];
            return ((ulong)chosen.Length, (ulong)chosen.Sum(p => p.FrameBytes + EthernetHeader));
        }
    }
}
