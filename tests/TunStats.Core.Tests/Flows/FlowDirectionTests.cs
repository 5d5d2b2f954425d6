using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Flows;

/// <summary>Which end of a connection is its source, and who opened it, with and without known directions.</summary>
public sealed class FlowDirectionTests
{
    private const byte Syn = 2, SynAck = 0x12, Ack = 0x10;

    private static readonly FlowWindow Window = new(NanoTime.FromUnix(0), NanoTime.FromUnix(10), "test");

    [Fact]
    public void OnlyASynOrAnEchoRequestShowsTheOpener()
    {
        Assert.Equal(FlowInitiator.Local, Opener(IpProtocol.Tcp, (PacketDirection.Tx, Syn), (PacketDirection.Rx,
            SynAck)));
        Assert.Equal(FlowInitiator.Remote, Opener(IpProtocol.Tcp, (PacketDirection.Tx, SynAck)));
        Assert.Equal(FlowInitiator.Remote, Opener(IpProtocol.Tcp, (PacketDirection.Tx, Ack), (PacketDirection.Rx,
            Syn)));
        Assert.Equal(FlowInitiator.Unknown, Opener(IpProtocol.Tcp, (PacketDirection.Tx, Ack), (PacketDirection.Rx,
            Ack)));

        // The first packet of a window may be the thousandth of its connection.
        Assert.Equal(FlowInitiator.Unknown, Opener(IpProtocol.Udp, (PacketDirection.Rx, 0), (PacketDirection.Tx, 0)));
        Assert.Equal(FlowInitiator.Unknown, Opener(IpProtocol.Icmp, (PacketDirection.Tx, 0)));
        Assert.Equal(FlowInitiator.Local, Pinged(PacketDirection.Tx));
        Assert.Equal(FlowInitiator.Remote, Pinged(PacketDirection.Rx));

        static FlowInitiator Opener(IpProtocol protocol, params (PacketDirection Direction, byte Flags)[] packets)
        {
            FlowKey key = Key(protocol, "10.0.0.1:1", "10.0.0.2:2");
            return Count([.. packets.Select(p => new PacketRecord(
                p.Direction == PacketDirection.Tx ? key : key.Swap(), p.Direction, 40, 5, p.Flags))]).OpenedBy;
        }

        static FlowInitiator Pinged(PacketDirection direction)
        {
            FlowKey key = Key(IpProtocol.Icmp, "10.0.0.1:0", "10.0.0.2:0");
            PacketRecord request = new(key, direction, 84, 5);
            request.Marks |= PacketRecord.EchoRequest;
            return Count([request, new PacketRecord(key.Swap(), direction ^ PacketDirection.Rx, 84, 6)]).OpenedBy;
        }
    }

    [Theory]
    [InlineData("10.0.0.1:80 > 10.0.0.2:5000 A; 10.0.0.2:5000 > 10.0.0.1:80 A", "10.0.0.2:5000", false, 1, 1)]
    [InlineData("10.0.0.2:80 > 10.0.0.1:5000 A; 10.0.0.2:80 > 10.0.0.1:5000 A", "10.0.0.1:5000", false, 0, 2)]
    [InlineData("10.0.0.1:80 > 10.0.0.2:5000 S; 10.0.0.2:5000 > 10.0.0.1:80 SA", "10.0.0.1:80", true, 1, 1)]
    [InlineData("10.0.0.2:5000 > 10.0.0.1:80 SA; 10.0.0.1:80 > 10.0.0.2:5000 A", "10.0.0.1:80", true, 1, 1)]
    [InlineData("10.0.0.2:5000 > 10.0.0.1:80 S; 10.0.0.1:80 > 10.0.0.2:5000 SA", "10.0.0.2:5000", true, 1, 1)]
    [InlineData("10.0.0.1:123 > 10.0.0.2:123 A; 10.0.0.2:123 > 10.0.0.1:123 A", "10.0.0.1:123", false, 1, 1)]
    [InlineData("10.0.0.2:123 > 10.0.0.1:123 A; 10.0.0.1:123 > 10.0.0.2:123 A", "10.0.0.2:123", false, 1, 1)]
    [InlineData("10.0.0.9:0 > 10.0.0.1:0 E; 10.0.0.1:0 > 10.0.0.9:0 R", "10.0.0.9:0", true, 1, 1)]
    [InlineData("10.0.0.9:0 > 10.0.0.1:0 R; 10.0.0.1:0 > 10.0.0.9:0 E", "10.0.0.1:0", true, 1, 1)]
    [InlineData("[::9]:53 > [::1]:53 A; [::1]:53 > [::9]:53 A; [::1]:53 > [::9]:53 A", "[::9]:53", false, 1, 2)]
    [InlineData("[fd00::1]:53 > [::9]:53 A; [::9]:53 > [fd00::1]:53 A", "[fd00::1]:53", false, 1, 1)]
    public void WithoutDirectionsBothMeetInOneEntry(
        string packets, string source, bool isOpenerKnown, int tx, int rx)
    {
        TupleCounts flow = Count([.. packets.Split("; ").Select(Undirected)]);
        Assert.Equal(source, flow.Src.ToString());
        Assert.Equal(isOpenerKnown ? FlowInitiator.Local : FlowInitiator.Unknown, flow.OpenedBy);
        Assert.Equal(new FlowCounts((ulong)tx, 100ul * (ulong)tx, (ulong)rx, 100ul * (ulong)rx), flow.Counts);
    }

    [Fact]
    public void RandomPacketsWithoutDirectionsAddUpPerPairOfEnds()
    {
        var random = new Random(5);
        var model = new Dictionary<(string, string), (ulong Forth, ulong Back)>();
        using var table = new FlowTable(10_000);
        for (int i = 0; i < 100_000; i++)
        {
            string a = End(random), b = End(random, a[0] == '[');
            table.Add([Packet(a, b, (uint)(i % 1000))]);
            bool isFirst = string.CompareOrdinal(a, b) < 0;
            (string, string) pair = isFirst ? (a, b) : (b, a);
            (ulong forth, ulong back) = model.GetValueOrDefault(pair);
            model[pair] = isFirst ? (forth + (ulong)(i % 1000), back) : (forth, back + (ulong)(i % 1000));
        }

        using FlowSnapshot snapshot = table.TakeAll();
        var got = new Dictionary<(string, string), (ulong Forth, ulong Back)>();
        for (int i = 0; i < snapshot.Count; i++)
        {
            FlowKey key = snapshot.GetKey(i);
            FlowCounts counts = snapshot.GetCounts(i);
            string a = key.Source.ToString(), b = key.Destination.ToString();
            Assert.True(key.SourcePort >= key.DestinationPort);
            if (a == b)
            {
                got.Add((a, b), (0, counts.TotalBytes));
            }
            else
            {
                bool isFirst = string.CompareOrdinal(a, b) < 0;
                got.Add(
                    isFirst ? (a, b) : (b, a),
                    isFirst ? (counts.TxBytes, counts.RxBytes) : (counts.RxBytes, counts.TxBytes));
            }
        }

        Assert.Equal(model.Count, got.Count);
        Assert.All(model, pair => Assert.Equal(pair.Value, got[pair.Key]));

        static string End(Random random, bool? is6 = null) => (is6 ?? random.Next(2) == 0)
            ? AddrPort.Parse($"[{random.Next(1, 3)}::{random.Next(4)}]:{random.Next(3)}").ToString()
            : $"10.0.{random.Next(2)}.{random.Next(4)}:{random.Next(3)}";
    }

    private static FlowKey Key(IpProtocol protocol, string source, string destination) =>
        new(protocol, AddrPort.Parse(source), AddrPort.Parse(destination));

    private static PacketRecord Packet(string source, string destination, uint bytes) =>
        new(Key(IpProtocol.Udp, source, destination), PacketDirection.Tx, bytes, 5) { IsDirectionKnown = false };

    private static PacketRecord Undirected(string text)
    {
        string[] words = text.Split(' ');
        byte flags = words[3] switch { "S" => Syn, "SA" => SynAck, "A" => Ack, _ => 0 };
        bool isPing = words[3] is "E" or "R";
        FlowKey key = Key(isPing ? IpProtocol.Icmp : IpProtocol.Tcp, words[0], words[2]);
        PacketRecord packet = new(key, PacketDirection.Tx, 100, 5, flags) { IsDirectionKnown = false };
        packet.Marks |= words[3] == "E" ? PacketRecord.EchoRequest : (byte)0;
        return packet;
    }

    private static TupleCounts Count(PacketRecord[] packets)
    {
        using var table = new FlowTable(4);
        table.Add(packets);
        using FlowSnapshot snapshot = table.TakeAll();
        Assert.Equal(1, snapshot.Count);
        return snapshot.ToTupleCounts(0, Window);
    }
}
