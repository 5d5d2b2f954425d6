using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text.Json;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Tests.Vectors;
using Xunit;
using static TunStats.Interop.PacketConstants;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Capture;

public sealed class SegmentCountTests
{
    private const string A = "10.0.0.1:1000", B = "10.0.0.2:80";
    private const string A6 = "[fd7a::1]:1000", B6 = "[fd7a::2]:80";

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void FramesOfTailscaledCountAsItLoggedThem(string node)
    {
        JsonElement recorded = VectorFile.Read("gso_frames.json").GetProperty("nodes").GetProperty(node);
        var counts = new Dictionary<FlowKey, FlowCounts>();
        var captured = new Dictionary<FlowKey, FlowCounts>();
        foreach (JsonElement frame in recorded.GetProperty("frames").EnumerateArray())
        {
            byte[] packet = Convert.FromHexString(frame[5].GetString()!);
            int length = frame[1].GetInt32();
            FlowKey key = PacketParser.Parse(packet, length, out _);
            SegmentCount count = SegmentCount.Of(packet, length, frame[2].GetByte(), frame[3].GetUInt16());
            Add(counts, key, frame[0].GetString() == "tx", count);
            Add(captured, key, frame[0].GetString() == "tx", new SegmentCount(1, (uint)length));
        }

        JsonElement[] logged = [.. recorded.GetProperty("logged").EnumerateArray()];
        Assert.Equal(18, logged.Length);
        Assert.All(logged, row => Assert.Equal(Expected(row), counts[PacketParserTests.Key(row)]));
        Assert.All(
            recorded.GetProperty("captured").EnumerateArray(),
            row => Assert.Equal(Expected(row), captured[PacketParserTests.Key(row)]));
    }

    [Theory]
    [InlineData(0, 3000, 0, 1, 3000)] // not segmented
    [InlineData(1, 3000, 0, 1, 3000)] // no size
    [InlineData(1, 1040, 1000, 1, 1040)] // one segment
    [InlineData(1, 1041, 1000, 2, 1081)]
    [InlineData(1, 2040, 1000, 2, 2080)]
    [InlineData(1 | 0x80, 2041, 1000, 3, 2121)] // congestion is to be notified in the first alone
    [InlineData(1, 65_535, 1, 65_495, 2_685_295)]
    [InlineData(1, 39, 1000, 1, 39)] // no payload
    [InlineData(7, 3000, 1000, 1, 3000)] // a kind of a later kernel
    public void TcpCountsByItsPayload(byte type, int length, ushort size, uint packets, uint bytes) => Assert.Equal(
        new SegmentCount(packets, bytes), SegmentCount.Of(Udp(A, B, 8, 6), length, type, size));

    [Fact]
    public void HeadersThatRepeatAreThoseOfThePacketItself()
    {
        byte[] tcp = Udp(A, B, 40, 6), tcp6 = Udp(A6, B6, 40, 6);
        byte[] options = [0x47, .. tcp[1..20], 1, 1, 1, 1, 1, 1, 1, 0, .. tcp[20..]];
        byte[] stamps = [.. tcp];
        stamps[20 + 12] = 0x80;
        byte[] extensions = [.. tcp6[..40], 60, 0, 1, 4, 0, 0, 0, 0, 6, 1, .. new byte[14], .. tcp6[40..]];
        extensions[6] = 0;
        byte[] authenticated = [.. tcp6[..40], 6, 4, .. new byte[22], .. tcp6[40..]];
        authenticated[6] = 51;
        (byte[] Packet, byte Type, int Header)[] rows =
        [
            (tcp, VIRTIO_NET_HDR_GSO_TCPV4, 40),
            (options, VIRTIO_NET_HDR_GSO_TCPV4, 48),
            (stamps, VIRTIO_NET_HDR_GSO_TCPV4, 52),
            (stamps[..32], VIRTIO_NET_HDR_GSO_TCPV4, 52), // the length of TCP's header was not captured
            (tcp6, VIRTIO_NET_HDR_GSO_TCPV6, 60),
            (extensions, VIRTIO_NET_HDR_GSO_TCPV6, 84),
            (authenticated, VIRTIO_NET_HDR_GSO_TCPV6, 84),
            (Udp(A, B), VIRTIO_NET_HDR_GSO_UDP_L4, 28),
            (Udp(A6, B6), VIRTIO_NET_HDR_GSO_UDP_L4, 48),
        ];
        Assert.All(rows, row => Assert.Equal(
            new SegmentCount(4, (uint)(3500 + (4 * row.Header))),
            SegmentCount.Of(row.Packet, 3500 + row.Header, row.Type, 1000)));
    }

    [Fact]
    public void APacketInATunnelRepeatsAllHeadersBeforeItsPayload()
    {
        byte[] inner = Udp(A, B, 40, 6), inner6 = Udp(A6, B6, 40, 6);
        byte[] ethernet = Ethernet(inner);
        (byte[] Packet, int Header)[] rows =
        [
            (Outer4(4, inner), 60),
            (Outer4(41, inner6), 80),
            (Outer4(47, [0, 0, 8, 0, .. inner]), 64),
            (Outer4(47, [0xb0, 0, 0x86, 0xdd, .. new byte[12], .. inner6]), 96),
            (Outer4(47, [0x20, 0, 0x65, 0x58, 0, 0, 0, 9, .. ethernet]), 82),
        ];
        Assert.All(rows, row => Assert.Equal(
            new SegmentCount(4, (uint)(3500 + (4 * row.Header))),
            SegmentCount.Of(row.Packet, 3500 + row.Header, VIRTIO_NET_HDR_GSO_TCPV4, 1000)));

        // VXLAN: UDP with TCP inside, which only the kernel knows.
        byte[] vxlan = Outer4(17, [.. new byte[16], .. ethernet]);
        const int Transport = 20 + 16 + 14 + 20;
        Assert.Equal(
            new SegmentCount(4, 3500 + (4 * (Transport + 20))),
            SegmentCount.Of(vxlan, 3500 + Transport + 20, VIRTIO_NET_HDR_GSO_TCPV4, 1000, Transport));
        Assert.Equal(new SegmentCount(1, 3590), SegmentCount.Of(vxlan, 3590, VIRTIO_NET_HDR_GSO_TCPV4, 1000));
    }

    [Fact]
    public void FragmentsOfOneDatagramCarryItsHeaderOnce()
    {
        // 3,508 bytes of UDP, header included, in pieces of 1,480 (1,483 is not a multiple of 8).
        Assert.Equal(
            new SegmentCount(3, 3508 + (3 * 20)),
            SegmentCount.Of(Udp(A, B), 3528, VIRTIO_NET_HDR_GSO_UDP, 1483));
        Assert.Equal(
            new SegmentCount(3, 3508 + (3 * 48)),
            SegmentCount.Of(Udp(A6, B6), 3548, VIRTIO_NET_HDR_GSO_UDP, 1448));
        Assert.Equal(new SegmentCount(1, 1500), SegmentCount.Of(Udp(A, B), 1500, VIRTIO_NET_HDR_GSO_UDP, 1480));
    }

    [Fact]
    public void TheJumboHeaderOfBigTcpIsNotSent()
    {
        const int Payload = 150_000;
        byte[] jumbo = Jumbo(A6, B6, 6, 8 + 20 + Payload);
        Assert.Equal(
            new SegmentCount(104, Payload + (104 * 60)),
            SegmentCount.Of(jumbo, 48 + 20 + Payload, VIRTIO_NET_HDR_GSO_TCPV6, 1448));
        Assert.Equal(
            new SegmentCount(104, Payload + (104 * 60)),
            SegmentCount.Of(jumbo, 48 + 20 + Payload, VIRTIO_NET_HDR_GSO_TCPV6, 1448, transport: 48));
    }

    [Fact]
    public void DamagedHeadersCountAsSomething()
    {
        byte[][] seeds =
        [
            Udp(A, B, 40, 6), Jumbo(A6, B6, 6, 100_000), Outer4(47, [0xb0, 0, 0x65, 0x58, .. new byte[12],
                .. Ethernet(Udp(A6, B6, 40, 6))]), Udp(A6, B6),
        ];
        var random = new Random(4);
        for (int i = 0; i < 400_000; i++)
        {
            byte[] packet = [.. seeds[i % seeds.Length]];
            for (int change = random.Next(6); change > 0; change--)
            {
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            }

            packet = packet[..random.Next(packet.Length + 1)];
            int length = random.Next(200_000);
            SegmentCount count = SegmentCount.Of(
                packet, length, (byte)random.Next(256), (ushort)random.Next(2000), random.Next(-100, 200));
            Assert.InRange(count.Packets, 1u, 200_000u);
            Assert.True(count.Bytes + 8 >= length);
        }
    }

    private static void Add(Dictionary<FlowKey, FlowCounts> counts, FlowKey key, bool isTx, SegmentCount count)
    {
        FlowKey ownKey = isTx ? key : key.Swap();
        FlowCounts sum = counts.GetValueOrDefault(ownKey);
        if (isTx)
        {
            sum.AddTx(count.Packets, count.Bytes);
        }
        else
        {
            sum.AddRx(count.Packets, count.Bytes);
        }

        counts[ownKey] = sum;
    }

    private static FlowCounts Expected(JsonElement row) => new(
        row.GetProperty("txPkts").GetUInt64(),
        row.GetProperty("txBytes").GetUInt64(),
        row.GetProperty("rxPkts").GetUInt64(),
        row.GetProperty("rxBytes").GetUInt64());

    private static byte[] Outer4(byte protocol, byte[] payload)
    {
        byte[] header = Udp("192.0.2.1:0", "192.0.2.2:0")[..20];
        header[9] = protocol;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(20 + payload.Length));
        return [.. header, .. payload];
    }
}
