using System;
using System.Text.Json;
using TunStats.Packets;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Packets;

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

    [Fact]
    public void BytesBehindThePacketAreNotPartOfIt()
    {
        byte[] packet = [.. Bytes(Row("ip4_udp_7_bytes")), 1, 2, 3, 4];
        FlowKey key = PacketParser.Parse(packet, packet.Length - 4, out _);
        Assert.Equal(0, key.Protocol.Number);
        Assert.Equal(default, PacketParser.Parse(packet, -1, out _));
    }

    [Fact]
    public void KeysTellTheirPartsAndRefuseTwoFamilies()
    {
        FlowKey key = new(IpProtocol.Udp, AddrPort.Parse("[fd7a::1]:65535"), AddrPort.Parse("[2001:db8::2]:53"));
        Assert.Equal("UDP [fd7a::1]:65535 -> [2001:db8::2]:53", key.ToString());
        Assert.Equal((65535, 53, IpFamily.IPv6), (key.SourcePort, key.DestinationPort, key.Family));
        Assert.Throws<ArgumentException>(
            () => new FlowKey(IpProtocol.Udp, AddrPort.Parse("[::1]:1"), AddrPort.Parse("1.2.3.4:1")));
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
