using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class FlowJsonWriterTests
{
    [Theory]
    [InlineData("a.pcap")]
    [InlineData(null)]
    [InlineData("quote\" back\\ <é> \u202e \u001b[2J \ud83d\ude00 \ud800.pcap")]
    public void LinesAreThoseOfTheFrameworksWriter(string? source)
    {
        var random = new Random(11);
        var window = new FlowWindow(NanoTime.FromUnix(1_700_000_000), NanoTime.FromUnix(1_700_000_010, 7), source);
        var writer = new FlowJsonWriter();
        writer.Begin(window);
        for (int i = 0; i < 3000; i++)
        {
            FlowValues flow = Random(random);
            Assert.False(writer.IsFull);
            writer.Add(flow);
            Assert.Equal(Expected(flow, window), Encoding.UTF8.GetString(writer.Lines));
            writer.Clear();
        }
    }

    [Fact]
    public void AFullBufferHasRoomForNoMoreAndAddingAllocatesNothing()
    {
        var writer = new FlowJsonWriter();
        writer.Begin(new FlowWindow(default, default, new string('x', 100_000)));
        FlowValues flow = Random(new Random(1));
        writer.Add(flow);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int lines = 1;
        for (; !writer.IsFull; lines++)
        {
            writer.Add(flow);
        }

        writer.Clear();
        writer.Add(flow);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(lines, 1, 100);
    }

    private static FlowValues Random(Random random)
    {
        ulong Count() => (ulong)random.NextInt64() >> random.Next(63);
        long? Time() => random.Next(5) == 0 ? null
            : random.NextInt64(-3_000_000_000, 3_000_000_000) * (long)Math.Pow(10, random.Next(10));
        AddrPort End(bool is6) => is6
            ? new(IpAddr.FromIPv6((ulong)random.NextInt64() >> random.Next(64), Count()), (ushort)random.Next())
            : new(IpAddr.FromIPv4((uint)random.Next()), (ushort)random.Next());
        bool is6 = random.Next(2) == 0, isNone = random.Next(20) == 0;
        return new FlowValues(
            new IpProtocol((byte)random.Next()),
            isNone ? default : End(is6),
            isNone ? default : End(is6),
            new FlowCounts(Count(), Count(), Count(), ulong.MaxValue - Count()),
            Time(),
            Time(),
            (FlowInitiator)random.Next(3));
    }

    private static string Expected(in FlowValues flow, FlowWindow window)
    {
        using var memory = new MemoryStream();
        using var json = new Utf8JsonWriter(memory);
        json.WriteStartObject();
        json.WriteString("Start", window.Start.ToString());
        json.WriteString("End", window.End.ToString());
        json.WriteString("Source", window.Source);
        json.WriteNumber("Proto", flow.Protocol.Number);
        json.WriteString("ProtoName", flow.Protocol.DisplayName);
        json.WriteString("Src", flow.Source.ToString());
        json.WriteString("Dst", flow.Destination.ToString());
        json.WriteNumber("TxPackets", flow.Counts.TxPackets);
        json.WriteNumber("TxBytes", flow.Counts.TxBytes);
        json.WriteNumber("RxPackets", flow.Counts.RxPackets);
        json.WriteNumber("RxBytes", flow.Counts.RxBytes);
        json.WriteString("FirstSeen", Text(flow.FirstSeen));
        json.WriteString("LastSeen", Text(flow.LastSeen));
        json.WriteString("OpenedBy", flow.OpenedBy.ToString());
        json.WriteEndObject();
        json.Flush();
        return string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(memory.ToArray())}\n");

        static string? Text(long? time) => time is { } known ? UnixTime.ToNanoTime(known).ToString() : null;
    }
}
