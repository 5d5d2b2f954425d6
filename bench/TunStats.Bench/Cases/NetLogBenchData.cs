using System;
using System.Buffers;
using System.IO;
using System.Linq;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Bench.Cases;

/// <summary>Messages as a busy node sends them: IPv4 mostly, numbers of all lengths. Always the same.</summary>
internal static class NetLogBenchData
{
    internal static NetLogMessage[] Messages(int entries, int perMessage)
    {
        Random random = new(1);
        ConnectionCounts[] all = [.. Enumerable.Range(0, entries).Select(_ => Entry(random))];
        return [.. all.Chunk(perMessage).Select(part => new NetLogMessage
        {
            NodeId = "n123456CNTL",
            StartTime = NanoTime.Parse("2025-10-28T21:48:37Z"),
            EndTime = NanoTime.Parse("2025-10-28T21:48:42Z"),
            VirtualTraffic = part,
        })];
    }

    /// <summary>As netlog_write.c reads it.</summary>
    internal static void SaveRecords(string path, NetLogMessage[] messages)
    {
        using BinaryWriter file = new(File.Create(path));
        foreach (ConnectionCounts entry in messages.SelectMany(message => message.VirtualTraffic))
        {
            file.Write(entry.SrcEndpoint.Address.High);
            file.Write(entry.SrcEndpoint.Address.Low);
            file.Write(entry.DstEndpoint.Address.High);
            file.Write(entry.DstEndpoint.Address.Low);
            file.Write(entry.Counts.TxPackets);
            file.Write(entry.Counts.TxBytes);
            file.Write(entry.Counts.RxPackets);
            file.Write(entry.Counts.RxBytes);
            file.Write(entry.SrcEndpoint.Port);
            file.Write(entry.DstEndpoint.Port);
            file.Write(entry.Protocol.Number);
            file.Write((byte)(entry.SrcEndpoint.Address.Is4 ? 4 : 6));
            file.Write((ushort)0);
        }
    }

    /// <summary>A message per line; returns the file's length.</summary>
    internal static long SaveJson(string path, NetLogMessage[] messages)
    {
        ArrayBufferWriter<byte> output = new();
        foreach (NetLogMessage message in messages)
        {
            NetLogJsonWriter.Write(output, message, NetLogSchema.V2);
            output.Write("\n"u8);
        }

        File.WriteAllBytes(path, output.WrittenSpan.ToArray());
        return output.WrittenCount;
    }

    private static ConnectionCounts Entry(Random random)
    {
        bool six = random.Next(16) == 0;
        IpAddr source = six ? IpAddr.FromIPv6(0xfd7a_115c_a1e0_0000, (ulong)random.Next(65536))
            : IpAddr.FromIPv4(0x6440_0000 | (uint)random.Next(1 << 22));
        IpAddr destination = six ? IpAddr.FromIPv6(0xfd7a_115c_a1e0_0000, (ulong)random.NextInt64(1L << 32))
            : IpAddr.FromIPv4((uint)random.NextInt64(1L << 32));
        bool both = random.Next(4) != 0;
        return new ConnectionCounts(
            random.Next(5) == 0 ? IpProtocol.Udp : IpProtocol.Tcp,
            new AddrPort(source, (ushort)random.Next(1024, 65536)),
            new AddrPort(destination, (ushort)(random.Next(3) == 0 ? random.Next(65536) : 443)),
            new FlowCounts(
                Number(random, 20), Number(random, 32), both ? Number(random, 20) : 0, both ? Number(random, 34) : 0));
    }

    private static ulong Number(Random random, int bits) => 1 + (ulong)random.NextInt64(1L << random.Next(1, bits));
}
