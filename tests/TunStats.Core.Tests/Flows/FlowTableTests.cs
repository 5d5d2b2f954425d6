using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Flows;

public sealed class FlowTableTests
{
    private static readonly FlowWindow Window = new(NanoTime.FromUnix(0), NanoTime.FromUnix(10), "test");

    [Fact]
    public void PacketsThatTheFilterLetsThroughAreCountedAsTheVectorsSay()
    {
        foreach (JsonElement row in VectorFile.Read("flow_counts.json").GetProperty("filter").GetProperty("cases")
            .EnumerateArray().Where(row => !row.GetProperty("filterDrops").GetBoolean()))
        {
            byte[] packet = Convert.FromHexString(row.GetProperty("hex").GetString()!);
            bool isIn = row.GetProperty("dir").GetString() == "in";
            using var table = new FlowTable(10);
            table.Add([new PacketRecord(
                PacketParser.Parse(packet), isIn ? PacketDirection.Rx : PacketDirection.Tx, (uint)packet.Length, 0)]);
            using FlowSnapshot snapshot = table.TakeAll();
            Assert.Equal(Capture.PacketParserTests.Key(row.GetProperty("connection")), snapshot.GetKey(0));
            ulong bytes = row.GetProperty("bytes").GetUInt64();
            Assert.Equal(
                isIn ? new FlowCounts(0, 0, 1, bytes) : new FlowCounts(1, bytes, 0, 0), snapshot.GetCounts(0));
        }
    }

    [Theory]
    [InlineData("tx_and_rx_merge")]
    [InlineData("protocols_do_not_merge")]
    public void PacketsAddUpAsTheVectorsSay(string name)
    {
        JsonElement row = VectorFile.Read("flow_counts.json").GetProperty("aggregation").EnumerateArray()
            .Single(row => row.GetProperty("name").GetString() == name);
        using var table = new FlowTable(10);
        foreach (JsonElement call in row.GetProperty("calls").EnumerateArray())
        {
            FlowKey key = new(
                new IpProtocol(call[3].GetByte()),
                AddrPort.Parse(call[1].GetString()!),
                AddrPort.Parse(call[2].GetString()!));
            PacketDirection direction = call[0].GetString() == "in" ? PacketDirection.Rx : PacketDirection.Tx;
            uint packets = call[4].GetUInt32(), bytes = call[5].GetUInt32();
            for (uint i = 0; i < packets; i++)
            {
                table.Add([new PacketRecord(key, direction, bytes / packets, 0)]);
            }
        }

        using FlowSnapshot snapshot = table.TakeAll();
        var got = Enumerable.Range(0, snapshot.Count).Select(i => snapshot.ToTupleCounts(i, Window))
            .OrderBy(flow => flow.SrcEndpoint).ThenBy(flow => flow.DstEndpoint).ThenBy(flow => flow.Protocol)
            .Select(flow => $"{flow.ProtoNumber} {flow.Src} {flow.Dst} "
                + $"{flow.TxPackets} {flow.TxBytes} {flow.RxPackets} {flow.RxBytes}");
        var want = row.GetProperty("want").EnumerateArray().Select(flow => string.Join(' ', flow.EnumerateArray()));
        Assert.Equal(want, got);
    }

    [Fact]
    public void BothDirectionsOfTheServiceAddressAreUnderOneKeyForTheLogToSkip()
    {
        JsonElement row = VectorFile.Read("flow_counts.json").GetProperty("aggregation").EnumerateArray()
            .Single(row => row.GetProperty("name").GetString() == "service_ip_skipped");
        using var table = new FlowTable(10);
        foreach (JsonElement call in row.GetProperty("calls").EnumerateArray())
        {
            FlowKey key = new(
                new IpProtocol(call[3].GetByte()),
                AddrPort.Parse(call[1].GetString()!),
                AddrPort.Parse(call[2].GetString()!));
            PacketDirection direction = call[0].GetString() == "in" ? PacketDirection.Rx : PacketDirection.Tx;
            table.Add([new PacketRecord(key, direction, call[5].GetUInt32(), 0)]);
        }

        using FlowSnapshot snapshot = table.TakeAll();
        Assert.Equal(1, snapshot.Count);
        Assert.Equal("100.100.100.100:53", snapshot.GetKey(0).Destination.ToString());
        Assert.Equal(new FlowCounts(1, 60, 1, 90), snapshot.GetCounts(0));
    }

    [Fact]
    public void TheTableAgreesWithADictionaryWhileItGrows()
    {
        var random = new Random(7);
        var model = new Dictionary<FlowKey, FlowCounts>();
        using var table = new FlowTable(120_000);
        var batch = new PacketRecord[100];
        for (int round = 0; round < 3000; round++)
        {
            for (int i = 0; i < batch.Length; i++)
            {
                PacketDirection direction = (PacketDirection)random.Next(2);
                batch[i] = new PacketRecord(Key(random.Next(50_000)), direction, (uint)random.Next(20, 70_000), round);
                FlowCounts counts = model.GetValueOrDefault(batch[i].Key);
                if (direction == PacketDirection.Tx)
                {
                    counts.AddTx(batch[i].Packets, batch[i].Bytes);
                }
                else
                {
                    counts.AddRx(batch[i].Packets, batch[i].Bytes);
                }

                model[batch[i].Key] = counts;
            }

            table.Add(batch);
        }

        using FlowSnapshot snapshot = table.TakeAll();
        Assert.Equal(model, Enumerable.Range(0, snapshot.Count).ToDictionary(snapshot.GetKey, snapshot.GetCounts));
        Assert.True(snapshot.Overflow.IsZero);
        Assert.Equal(0, snapshot.OverflowConnections);
        Assert.Null(snapshot.ToOverflow(Window));
    }

    [Fact]
    public void NewcomersBeyondTheBoundAreCountedTogetherAndTheirNumberIsReported()
    {
        using var table = new FlowTable(1000);
        for (int repeat = 0; repeat < 3; repeat++)
        {
            for (int i = 0; i < 21_000; i++)
            {
                table.Add([new PacketRecord(Key(i), (PacketDirection)(i % 2), 100, i + 1)]);
            }
        }

        using FlowSnapshot snapshot = table.TakeAll();
        Assert.Equal(1000, snapshot.Count);
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(3UL, snapshot.GetCounts(i).TotalPackets));
        Assert.Equal(new FlowCounts(30_000, 3_000_000, 30_000, 3_000_000), snapshot.Overflow);
        Assert.InRange(snapshot.OverflowConnections, 18_800, 21_200);
        TupleCounts overflow = snapshot.ToOverflow(Window)!;
        Assert.Equal((0, "", "", 60_000UL), (overflow.ProtoNumber, overflow.Src.ToString(), overflow.Dst.ToString(),
            overflow.TotalPackets));
        Assert.Equal(("1970-01-01T00:00:00.000001001Z", "1970-01-01T00:00:00.000021Z"), ($"{overflow.FirstSeenTime}",
            $"{overflow.LastSeenTime}"));
    }

    [Fact]
    public void FramesAreTotalledPerWindowAlsoWhereTheTableIsFull()
    {
        using var table = new FlowTable(10);
        var packets = new PacketRecord[200];
        for (int i = 0; i < packets.Length; i++)
        {
            packets[i] = new PacketRecord(Key(i % 30), i % 4 == 0 ? PacketDirection.Rx : PacketDirection.Tx, 1500, i)
            {
                Packets = 3,
                FrameBytes = 1000,
            };
        }

        table.Add(packets);
        table.Add([]);
        using (FlowSnapshot snapshot = table.TakeAll())
        {
            Assert.Equal(new FrameTotals(150, 150_000, 50, 50_000), snapshot.FrameTotals);
            Assert.Equal(
                new FrameTotals(300, 300_000, 100, 100_000), snapshot.FrameTotals + snapshot.FrameTotals);
        }

        table.Add(packets.AsSpan(0, 1));
        using FlowSnapshot next = table.TakeAll();
        Assert.Equal(new FrameTotals(0, 0, 1, 1000), next.FrameTotals);
        table.TakeAll().Dispose();
    }

    [Fact]
    public void CountsBeyond32BitsAreExact()
    {
        using var table = new FlowTable(4);
        PacketRecord packet = new(Key(1).Swap(), PacketDirection.Rx, uint.MaxValue, 5) { Packets = uint.MaxValue };
        PacketRecord other = new(Key(1), PacketDirection.Tx, 1, 6);
        for (int i = 0; i < 1000; i++)
        {
            table.Add([packet, other]);
        }

        using FlowSnapshot snapshot = table.TakeAll();
        Assert.Equal(
            new FlowCounts(1000, 1000, 1000ul * uint.MaxValue, 1000ul * uint.MaxValue), snapshot.GetCounts(0));
    }

    [Fact]
    public void EveryPacketIsInExactlyOneSnapshot()
    {
        const int Packets = 2_000_000;
        using var table = new FlowTable(2000);
        using var started = new ManualResetEventSlim();
        var sender = new Thread(() =>
        {
            var batch = new PacketRecord[50];
            for (int sent = 0; sent < Packets; sent += batch.Length)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    batch[i] = new PacketRecord(Key((sent + i) % 1000), PacketDirection.Tx, 1, sent);
                }

                table.Add(batch);
                started.Set();
            }
        });
        var sums = new FlowCounts[1000];
        var indexes = Enumerable.Range(0, 1000).ToDictionary(Key);
        int snapshots = 0;
        sender.Start();
        started.Wait();
        bool running;
        do
        {
            running = sender.IsAlive;
            using FlowSnapshot snapshot = table.TakeAll();
            snapshots++;
            for (int i = 0; i < snapshot.Count; i++)
            {
                sums[indexes[snapshot.GetKey(i)]] += snapshot.GetCounts(i);
            }
        }
        while (running);
        sender.Join();
        Assert.True(snapshots > 1);
        Assert.All(sums, sum => Assert.Equal(new FlowCounts(Packets / 1000, Packets / 1000, 0, 0), sum));
    }

    [Fact]
    public void FirstAndLastAreTheEarliestAndTheLatestInWhateverOrder()
    {
        using var table = new FlowTable(4);
        foreach (long time in new long[] { 5_000_000_002, -1, 9_000_000_000, 7 })
        {
            table.Add([new PacketRecord(Key(1), PacketDirection.Tx, 1, time)]);
        }

        using FlowSnapshot snapshot = table.TakeAll();
        TupleCounts flow = snapshot.ToTupleCounts(0, Window);
        Assert.Equal("1969-12-31T23:59:59.999999999Z", flow.FirstSeenTime.ToString());
        Assert.Equal("1970-01-01T00:00:09Z", flow.LastSeenTime.ToString());
    }

    [Fact]
    public void AddingAndTakingAllocateNothingPerPacket()
    {
        using var table = new FlowTable(2000);
        var batch = Enumerable.Range(0, 1024).Select(i => new PacketRecord(Key(i), PacketDirection.Tx, 1, i)).ToArray();
        table.Add(batch);
        table.TakeAll().Dispose();
        table.Add(batch);
        table.TakeAll().Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            table.Add(batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ADisposedTableSaysSoAndItsSnapshotsStayUntilTheirOwnEnd()
    {
        var table = new FlowTable(4);
        table.Add([new PacketRecord(Key(1), PacketDirection.Tx, 1, 0)]);
        FlowSnapshot snapshot = table.TakeAll();
        table.Dispose();
        Assert.Equal(Key(1), snapshot.GetKey(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => snapshot.GetKey(1));
        snapshot.Dispose();
        Assert.Throws<ObjectDisposedException>(() => snapshot.Count);
        Assert.Throws<ObjectDisposedException>(() => table.Add([default]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FlowTable(0));
    }

    private static FlowKey Key(int i) => new(
        IpProtocol.Udp,
        new AddrPort(i % 3 == 0 ? IpAddr.FromIPv6(0xfd7a, (ulong)i) : IpAddr.FromIPv4((uint)i), (ushort)i),
        new AddrPort(i % 3 == 0 ? IpAddr.FromIPv6(1, 2) : IpAddr.FromIPv4(0x0a000001), 53));
}
