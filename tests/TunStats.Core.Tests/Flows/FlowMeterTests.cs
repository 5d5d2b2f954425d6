using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Flows;

public sealed class FlowMeterTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 100)]
    [InlineData(3, 34)]
    [InlineData(10, 10)]
    [InlineData(1000, 1)]
    public void WindowsOfAFileHoldEveryPacketOnceWhateverTheirLength(int seconds, int windows)
    {
        byte[] file = Pcap(101, Enumerable.Range(0, 100).Select(i => Udp($"10.0.0.{i % 7}:4000", "10.0.1.1:2", i)));
        var options = new FlowMeterOptions { Interval = seconds == 0 ? null : TimeSpan.FromSeconds(seconds) };
        List<(FlowWindow Window, TupleCounts[] Flows)> got = Read(file, options);
        Assert.Equal(windows, got.Count);
        Assert.Equal(100, got.Sum(w => w.Flows.Sum(f => (int)f.TxPackets)));
        Assert.Equal(100 * 28 + 4950, got.Sum(w => w.Flows.Sum(f => (int)f.TxBytes)));
        Assert.All(got, w => Assert.All(w.Flows, f => Assert.True(f.FirstSeen >= w.Window.Start.ToDateTime())));
        Assert.All(got.Zip(got.Skip(1)), pair => Assert.False(pair.First.Window.End > pair.Second.Window.Start));
        Assert.Equal("file.pcap", got[0].Flows[0].Source);
    }

    [Fact]
    public void WhatWasReadBeforeACancelIsHandedOut()
    {
        byte[] file = Pcap(101, Enumerable.Range(0, 10).Select(i => Udp("10.0.0.1:4000", "10.0.1.1:2", i)));
        using var cancel = new CancellationTokenSource();
        using var reader = new CaptureReader(new OpenPipe(file, cancel), "pipe");
        ulong packets = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions(), cancel.Token))
            {
                packets += report.TakeFlows().Single().TxPackets;
                report.Dispose();
            }
        });
        Assert.Equal(10ul, packets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void ReadingAheadGivesTheSameWindows(int seconds)
    {
        byte[] file = Pcap(101, Enumerable.Range(0, 30_000).Select(
            i => Udp($"10.0.{i % 7}.{i % 90}:4000", "10.0.1.1:2", i % 100)));
        var options = new FlowMeterOptions { Interval = seconds == 0 ? null : TimeSpan.FromSeconds(seconds) };
        var here = Read(file, options, isAhead: false);
        var ahead = Read(Gzip(file), options, isAhead: true);
        Assert.Equal(seconds == 0 ? 1 : (30_000 + 6) / 7, ahead.Count);
        Assert.Equal(
            here.Select(w => (w.Window.Start, w.Window.End, string.Join(';', w.Flows.AsEnumerable()))),
            ahead.Select(w => (w.Window.Start, w.Window.End, string.Join(';', w.Flows.AsEnumerable()))));
    }

    [Fact]
    public void AheadWarningsAndErrorsComeOnTheThreadThatTakesTheWindows()
    {
        byte[] file = Pcap(101, Enumerable.Range(0, 10_000).Select(i => Udp("10.0.0.1:4000", "10.0.1.1:2", 9)));
        int own = Environment.CurrentManagedThreadId;
        var warnings = new List<string>();
        var capture = new CaptureOptions
        {
            Warn = warning =>
            {
                Assert.Equal(own, Environment.CurrentManagedThreadId);
                warnings.Add(warning.Message);
            },
        };
        using var cut = new CaptureReader(new MemoryStream(file[..^5]), "cut.pcap", capture);
        Assert.Equal(9999ul, PacketsOf(cut));
        Assert.Contains("the 9999 packets", Assert.Single(warnings), StringComparison.Ordinal);

        file[24 + (53 * 9000) + 11] = 0x7f;
        using var damaged = new CaptureReader(new MemoryStream(file), "damaged.pcap", capture);
        ulong before = 0;
        Assert.Throws<CaptureFormatException>(() => PacketsOf(damaged, packets => before = packets));
        Assert.Equal((9000ul, 1), (before, warnings.Count));

        static ulong PacketsOf(CaptureReader reader, Action<ulong>? see = null)
        {
            ulong packets = 0;
            foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions(), true, default))
            {
                packets += report.TakeFlows().Single().TotalPackets;
                see?.Invoke(packets);
                report.Dispose();
            }

            return packets;
        }
    }

    [Fact]
    public void AheadACancelEndsTheReadingAndLeavingEndsTheThread()
    {
        byte[] file = Pcap(101, Enumerable.Range(0, 40_000).Select(i => Udp("10.0.0.1:4000", "10.0.1.1:2", 9)));
        using var cancel = new CancellationTokenSource();
        using var reader = new CaptureReader(new OpenPipe(file, cancel), "pipe");
        ulong packets = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions(), true, cancel.Token))
            {
                packets += report.TakeFlows().Single().TotalPackets;
                report.Dispose();
            }
        });
        Assert.Equal(40_000ul, packets);

        // A caller that leaves early does so while the thread waits for room.
        using var left = new CaptureReader(new MemoryStream(file), "left.pcap");
        var seconds = new FlowMeterOptions { Interval = TimeSpan.FromSeconds(1) };
        foreach (FlowReport report in FileFlowMeter.Read(left, seconds, true, default))
        {
            report.Dispose();
            break;
        }

        Assert.InRange(left.PacketsRead, 4096, 39_999);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TakingBatchesAllocatesNothingPerPacket(bool isAhead)
    {
        byte[] file = Pcap(101, Enumerable.Repeat(Udp("10.0.0.1:4000", "10.0.1.1:2", 9), 50_000));
        using var reader = new CaptureReader(new MemoryStream(file), "file.pcap");
        using var batches = new CaptureBatches(reader, isAhead, default);
        int packets = batches.Next().Count;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 6; i++)
        {
            packets += batches.Next().Count;
        }

        // The first wait of a thread takes some; a packet takes nothing.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, isAhead ? 16_384 : 0);
        Assert.Equal(isAhead ? 7 * 4096 : 7 * 256, packets);
    }

    /// <summary>A pipe whose writer stays: whoever waits for more is cancelled.</summary>
    private sealed class OpenPipe(byte[] bytes, CancellationTokenSource cancel) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => Cancelled(base.Read(buffer));

        public override int Read(byte[] buffer, int offset, int count) => Cancelled(base.Read(buffer, offset, count));

        private int Cancelled(int read)
        {
            if (read == 0)
            {
                cancel.Cancel();
                cancel.Token.ThrowIfCancellationRequested();
            }

            return read;
        }
    }

    [Fact]
    public void FiltersAndTopChooseBeforeObjectsAreMade()
    {
        byte[] file = Pcap(101, [
            Udp("10.0.0.1:50001", "10.0.1.1:53", 10),
            Udp("10.0.0.1:50002", "10.0.1.2:443", 500, 6),
            Udp("[fd7a::1]:50003", "[fd7a::2]:53", 90),
            Udp("192.168.0.1:50004", "10.0.1.1:80", 100, 6)]);
        Assert.Equal(["443"], Ports(new FlowFilter(prefixes: ["10.0.1.2"])));
        Assert.Equal(["53", "443", "80"], Ports(new FlowFilter(prefixes: ["10.0.0.0/8"])));
        Assert.Equal(["53"], Ports(new FlowFilter(prefixes: ["fd7a::/16"])));
        Assert.Equal(["443", "80"], Ports(new FlowFilter([IpProtocol.Tcp])));
        Assert.Equal(["53", "53"], Ports(new FlowFilter(ports: [53])));
        Assert.Equal(["80"], Ports(new FlowFilter([IpProtocol.Tcp], ["192.168.0.0/16"], [50004])));
        Assert.Empty(Ports(new FlowFilter([IpProtocol.Icmp])));
        Assert.Equal(["443", "80"], Ports(null, 2));
        Assert.Equal(4, Ports(new FlowFilter(prefixes: ["0.0.0.0/0", "::/0"])).Length);
        Assert.Contains("10.0.0.0/33",
            Assert.Throws<FormatException>(() => new FlowFilter(prefixes: ["10.0.0.0/33"])).Message);

        string[] Ports(FlowFilter? filter, int? top = null) =>
            [.. Read(file, new FlowMeterOptions { Filter = filter, Top = top })
                .SelectMany(w => w.Flows).Select(f => $"{f.DestinationPort}")];
    }

    [Fact]
    public void PacketsOfAWindowThatWasHandedOutCountAtTheStartOfTheNext()
    {
        uint[] seconds = [0, 1, 12, 3, 4, 13, 25, 2];
        byte[] packet = Udp("10.0.0.1:4000", "10.0.1.1:53");
        byte[] file = Pcap(101, seconds.Select(_ => packet));
        for (int i = 0; i < seconds.Length; i++)
        {
            const int FileHeader = 24, RecordHeader = 16;
            Span<byte> record = file.AsSpan(FileHeader + (i * (RecordHeader + packet.Length)));
            BinaryPrimitives.WriteUInt32LittleEndian(record, 1_600_000_000 + seconds[i]);
        }

        var options = new FlowMeterOptions { Interval = TimeSpan.FromSeconds(10) };
        using var reader = new CaptureReader(new MemoryStream(file), "file.pcap");
        var windows = new List<(TupleCounts Flow, long Early)>();
        foreach (FlowReport report in FileFlowMeter.Read(reader, options))
        {
            windows.Add((Assert.Single(report.TakeFlows()), report.PacketsOfEarlierWindows));
            report.Dispose();
        }

        Assert.Equal([(2ul, 0L), (4ul, 2L), (2ul, 1L)], windows.Select(w => (w.Flow.TotalPackets, w.Early)));
        Assert.All(windows, w => Assert.True(w.Flow.FirstSeen >= w.Flow.Start));
    }

    [Fact]
    public void TheOverflowComesLast()
    {
        byte[] file = Pcap(101, Enumerable.Range(1, 50).Select(i => Udp($"10.0.0.{i}:4000", "10.0.1.1:2")));
        using var reader = new CaptureReader(new MemoryStream(file), "file.pcap");
        using FlowReport report = FileFlowMeter.Read(reader, new FlowMeterOptions { Capacity = 10 }).Single();
        TupleCounts[] flows = [.. report.TakeFlows()];
        Assert.Equal(11, flows.Length);
        Assert.Equal(40ul, flows[^1].TxPackets);
        Assert.Equal(40ul, report.Overflow.TxPackets);

        // The number of newcomers is an estimate under a hash that differs from run to run; their packets are exact.
        Assert.InRange(report.OverflowConnections, 35, 45);
    }

    [Fact]
    public void DamageIsReportedAfterTheWindowBeforeIt()
    {
        byte[] file = Pcap(101, [Udp("10.0.0.1:4000", "10.0.1.1:2"), Udp("10.0.0.1:4000", "10.0.1.1:2")]);
        file[24 + 52 + 11] = 0x7f;
        using var reader = new CaptureReader(new MemoryStream(file), "file.pcap");
        ulong packets = 0;
        Assert.Throws<CaptureFormatException>(() =>
        {
            foreach (FlowReport report in FileFlowMeter.Read(reader, new FlowMeterOptions()))
            {
                packets += report.TakeFlows().Single().TxPackets;
                report.Dispose();
            }
        });
        Assert.Equal(1ul, packets);
    }

    private static List<(FlowWindow Window, TupleCounts[] Flows)> Read(
        byte[] file, FlowMeterOptions options, bool? isAhead = null)
    {
        using var reader = new CaptureReader(new MemoryStream(file), "file.pcap");
        var windows = new List<(FlowWindow, TupleCounts[])>();
        foreach (FlowReport report in FileFlowMeter.Read(reader, options, isAhead, default))
        {
            windows.Add((report.Window, [.. report.TakeFlows()]));
            report.Dispose();
        }

        return windows;
    }
}
