using System;
using System.Text.Json;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Tests.Vectors;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Capture;

public sealed class PacketParserTests
{
    public static TheoryData<string> Names()
    {
        var names = new TheoryData<string>();
        foreach (JsonElement row in VectorFile.Read("packet_parse.json").GetProperty("vectors").EnumerateArray())
        {
            names.Add(row.GetProperty("name").GetString()!);
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PacketsAreReadAsTheVectorsSay(string name)
    {
        JsonElement row = Row(name);
        byte[] packet = Bytes(row);
        FlowKey key = PacketParser.Parse(packet, packet.Length, out byte flags);
        JsonElement expect = row.GetProperty("expect");
        Assert.Equal(Key(expect), key);
        Assert.Equal(expect.GetProperty("tcpFlags").GetByte(), flags);
        JsonElement netlog = row.GetProperty("netlog");
        Assert.Equal(Key(netlog.GetProperty("tx").GetProperty("connection")), key);
        Assert.Equal(Key(netlog.GetProperty("rx").GetProperty("connection")), key.Swap());
        Assert.Equal(key, key.Swap().Swap());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ACaptureOfTheBeginningGivesTheSameKey(string name)
    {
        byte[] packet = Bytes(Row(name));
        int held = Math.Min(packet.Length, PacketParser.EnoughBytes);
        Assert.Equal(
            PacketParser.Parse(packet), PacketParser.Parse(packet.AsSpan(0, held), packet.Length, out _));
        PacketRecord complete = default;
        PacketParser.ReadAny(packet.AsSpan(0, held), packet.Length, ref complete);
        Assert.Equal(PacketParser.Parse(packet), complete.Key);
    }

    [Fact]
    public void WhatWasNotCapturedIsNotInvented()
    {
        byte[] packet = Bytes(Row("tcp4"));
        FlowKey whole = PacketParser.Parse(packet);
        FlowKey noPorts = PacketParser.Parse(packet.AsSpan(0, 23), packet.Length, out byte flags);
        Assert.Equal("TCP 1.2.3.4:0 -> 5.6.7.8:0", noPorts.ToString());
        Assert.Equal(0, flags);
        Assert.Equal(whole, PacketParser.Parse(packet.AsSpan(0, 24), packet.Length, out _));
        Assert.Equal(default, PacketParser.Parse(packet.AsSpan(0, 19), packet.Length, out _));
        Assert.Equal(default, PacketParser.Parse(Bytes(Row("ip6_udp")).AsSpan(0, 39), 48, out _));
    }

    [Theory]
    [InlineData("1.2.3.4:0", "5.6.7.8:0", 1, 8, true)]
    [InlineData("1.2.3.4:0", "5.6.7.8:0", 1, 0, false)]
    [InlineData("1.2.3.4:0", "5.6.7.8:0", 58, 128, false)]
    [InlineData("[::1]:0", "[::2]:0", 58, 128, true)]
    [InlineData("[::1]:0", "[::2]:0", 58, 129, false)]
    [InlineData("[::1]:0", "[::2]:0", 1, 8, false)]
    public void AnEchoRequestIsMarkedSinceItShowsWhoOpened(
        string source, string destination, byte protocol, byte type, bool isMarked)
    {
        foreach (int payload in new[] { 0, 56 })
        {
            byte[] packet = Udp(source, destination, payload);
            bool is4 = packet[0] >> 4 == 4;
            packet[is4 ? 9 : 6] = protocol;
            packet[is4 ? 20 : 40] = type;
            PacketRecord record = default;
            PacketParser.Read(packet, packet.Length, ref record);
            Assert.Equal(isMarked ? PacketRecord.EchoRequest : 0, record.Marks);
            PacketParser.Read(packet.AsSpan(0, is4 ? 20 : 40), packet.Length, ref record);
            Assert.Equal(0, record.Marks);
        }
    }

    [Fact]
    public void BytesBehindThePacketAreNotPartOfIt()
    {
        byte[] packet = [.. Bytes(Row("ip4_udp_7_bytes")), 1, 2, 3, 4];
        FlowKey key = PacketParser.Parse(packet, packet.Length - 4, out _);
        Assert.Equal(0, key.Protocol.Number);
        Assert.Equal(default, PacketParser.Parse(packet, -1, out _));
    }

    [Fact]
    public void KeysReportTheirPartsAndRefuseTwoFamilies()
    {
        FlowKey key = new(IpProtocol.Udp, AddrPort.Parse("[fd7a::1]:65535"), AddrPort.Parse("[2001:db8::2]:53"));
        Assert.Equal("UDP [fd7a::1]:65535 -> [2001:db8::2]:53", key.ToString());
        Assert.Equal((65535, 53, IpFamily.IPv6), (key.SourcePort, key.DestinationPort, key.Family));
        Assert.Throws<ArgumentException>(
            () => new FlowKey(IpProtocol.Udp, AddrPort.Parse("[::1]:1"), AddrPort.Parse("1.2.3.4:1")));
    }

    [Theory]
    [InlineData(17, 17)]
    [InlineData(99, 0)]
    public void AFirstFragmentOfTsmpHasNoProtocol(byte protocol, byte expected)
    {
        byte[] packet = Udp("100.64.0.1:1", "100.64.0.2:2", 100, protocol);
        Assert.Equal(protocol, PacketParser.Parse(packet).Protocol.Number);
        packet[6] |= 0x20;
        FlowKey key = PacketParser.Parse(packet);
        Assert.Equal(expected, key.Protocol.Number);
        Assert.Equal("100.64.0.2", key.DestinationAddress.ToString());
    }

    [Fact]
    public void BigTcpKeepsProtocolPortsAndFlags()
    {
        const int Length = 150_000;
        byte[] packet4 = Udp("10.0.0.1:1000", "10.0.0.2:80", 8, 6, 0x18);
        packet4.AsSpan(2, 2).Clear();
        byte[] packet6 = Jumbo("[fd7a::1]:1000", "[fd7a::2]:80", 6, Length - 40);

        FlowKey key4 = PacketParser.Parse(packet4, Length, out byte flags4);
        FlowKey key6 = PacketParser.Parse(packet6, Length, out byte flags6);
        Assert.Equal("TCP 10.0.0.1:1000 -> 10.0.0.2:80", key4.ToString());
        Assert.Equal("TCP [fd7a::1]:1000 -> [fd7a::2]:80", key6.ToString());
        Assert.Equal((0x18, 0x18), (flags4, flags6));

        // Later kernels leave the hop-by-hop header out.
        byte[] bare6 = Udp("[fd7a::1]:1000", "[fd7a::2]:80", 8, 6);
        bare6.AsSpan(4, 2).Clear();
        Assert.Equal("TCP [fd7a::1]:1000 -> [fd7a::2]:80", PacketParser.Parse(bare6, Length, out _).ToString());
    }

    [Theory]
    [InlineData(40)]
    [InlineData(3000)]
    [InlineData(65_535)]
    public void TcpThatTheCardIsToSegmentKeepsProtocolPortsAndFlags(int length)
    {
        byte[] packet = Udp("10.0.0.1:1000", "10.0.0.2:80", 12, 6, 0x18);
        packet.AsSpan(2, 2).Clear();
        FlowKey key = PacketParser.Parse(packet, length, out byte flags);
        Assert.Equal(("TCP 10.0.0.1:1000 -> 10.0.0.2:80", 0x18), (key.ToString(), flags));

        // Less than TCP's header is nobody's packet.
        Assert.Equal(0, PacketParser.Parse(packet, 39, out _).Protocol.Number);
    }

    [Theory]
    [InlineData(0x40, 6)]
    [InlineData(0x44, 6)]
    [InlineData(0x44, 17)]
    [InlineData(0x41, 1)]
    public void NothingIsReadBehindAHeaderThatIsTooShortToBeOne(byte first, byte protocol)
    {
        byte[] packet = Udp("10.0.0.1:1000", "10.0.0.2:80", 20, protocol, 2);
        foreach (byte totalLength in new[] { packet.Length, 0 })
        {
            (packet[0], packet[3]) = (first, totalLength);
            PacketRecord record = default;
            PacketParser.Read(packet, packet.Length, ref record);
            Assert.Equal((0, 0, 0), (record.Key.Protocol.Number, record.TcpFlags, record.Marks));
            Assert.Equal("10.0.0.1:0", record.Key.Source.ToString());
            Assert.Equal("10.0.0.2:0", record.Key.Destination.ToString());
        }
    }

    [Fact]
    public void WhatOnlyLooksLikeBigTcpStaysWithoutProtocol()
    {
        const int Length = 150_000;
        byte[] udp = Udp("10.0.0.1:1000", "10.0.0.2:80");
        udp.AsSpan(2, 2).Clear();
        byte[] cut = Jumbo("[fd7a::1]:1000", "[fd7a::2]:80", 6, Length - 39);
        byte[] small = Jumbo("[fd7a::1]:1000", "[fd7a::2]:80", 6, 65_535);
        byte[] padded = Jumbo("[fd7a::1]:1000", "[fd7a::2]:80", 6, Length - 40);
        padded[42] = 1;
        (byte[] Packet, int Length)[] rows =
        [
            (udp, Length), (cut, Length), (small, Length), (padded, Length),
        ];
        Assert.All(rows, row => Assert.Equal(
            (0, 0), (PacketParser.Parse(row.Packet, row.Length, out _).Protocol.Number,
                (int)PacketParser.Parse(row.Packet, row.Length, out _).SourcePort)));
    }

    internal static FlowKey Key(JsonElement element) => new(
        new IpProtocol(element.GetProperty("proto").GetByte()),
        AddrPort.Parse(element.GetProperty("src").GetString()!),
        AddrPort.Parse(element.GetProperty("dst").GetString()!));

    private static byte[] Bytes(JsonElement row) => Convert.FromHexString(row.GetProperty("hex").GetString()!);

    private static JsonElement Row(string name)
    {
        foreach (JsonElement row in VectorFile.Read("packet_parse.json").GetProperty("vectors").EnumerateArray())
        {
            if (row.GetProperty("name").GetString() == name)
            {
                return row;
            }
        }

        throw new ArgumentException($"No vector {name}.");
    }
}
