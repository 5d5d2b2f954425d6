using System;
using System.Globalization;
using System.Linq;
using System.Text;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using Xunit;

namespace TunStats.Tests.NetLog;

public sealed class FlowTableWriterTests
{
    [Fact]
    public void BytesAreRoundedToThreeDigits()
    {
        var random = new Random(3);
        ulong[] edges = [0, 1, 999, 1023, 1024, 1029, 1152, 10_234, 10_235, 10_240, 102_348, 102_349, ulong.MaxValue];
        ulong[] all = [.. edges, .. Enumerable.Range(0, 20_000).Select(
            i => (ulong)random.NextInt64() >> random.Next(63))];
        var writer = new FlowTableWriter();
        foreach (ulong bytes in all)
        {
            string row = Row(writer, bytes);
            Assert.Equal($"{Text(bytes),9}        0 B", row[54..(row.LastIndexOf(" B", StringComparison.Ordinal) + 2)]);
        }
    }

    [Fact]
    public void RowsHaveColumnsAndAllocateNothing()
    {
        var writer = new FlowTableWriter();
        Assert.Equal(
            $"{"UDP",-6}  {"100.64.0.1:4000",-21}  {"10.0.0.2:53",-21}  {"1.00 KiB",9}  {"0 B",9}  {2147,10}  {0,10}\n",
            Row(writer, 1024));
        FlowValues flow = Flow(5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        writer.Add(flow);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Text(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1024; bytes /= 1024)
        {
            unit++;
        }

        string format = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        string name = unit == 0 ? "B" : $"{"KMGTPE"[unit - 1]}iB";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {name}";
    }

    private static string Row(FlowTableWriter writer, ulong bytes)
    {
        writer.Clear();
        writer.Add(Flow(bytes));
        return Encoding.UTF8.GetString(writer.Lines);
    }

    private static FlowValues Flow(ulong bytes) => new(
        IpProtocol.Udp,
        AddrPort.Parse("100.64.0.1:4000"),
        AddrPort.Parse("10.0.0.2:53"),
        new FlowCounts(2147, bytes, 0, 0),
        null,
        null,
        FlowInitiator.Unknown);
}
