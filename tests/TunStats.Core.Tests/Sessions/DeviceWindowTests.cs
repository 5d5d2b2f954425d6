using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Sessions;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Sessions;

/// <summary>Which packet is in which window, and when a window is handed out.</summary>
public sealed class DeviceWindowTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HandOutLimit = TimeSpan.FromMilliseconds(50);

    private readonly ManualTimeProvider _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Taken> _windows = [];
    private readonly List<string> _warnings = [];

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(5_000)]
    [InlineData(50_000)]
    public void WindowHoldsItsOwnPacketsUnderTrafficThatOutlivesIt(int perSecond)
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, perSecond, TimeSpan.FromSeconds(2));
        Run(ring, new FlowSessionOptions { Inputs = [], Duration = Second });
        Taken window = Assert.Single(_windows);
        Assert.Equal((ulong)perSecond, window.Packets);
        Assert.Equal(Second, window.Length);
        Assert.InRange(window.HandedOutAt - Second, TimeSpan.Zero, HandOutLimit);
        Assert.All(window.Flows, InsideOfItsWindow);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    [InlineData(200)]
    [InlineData(5_000)]
    public void ConsecutiveWindowsHoldEveryPacketOnceAndAreInTime(int perSecond)
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, perSecond, TimeSpan.FromSeconds(4));
        Run(ring, new FlowSessionOptions
        {
            Inputs = [],
            Interval = TimeSpan.FromMilliseconds(500),
            Duration = TimeSpan.FromSeconds(3.2),
            IsContinuous = true,
        });
        Assert.Equal(7, _windows.Count);
        Assert.Equal(TimeSpan.FromMilliseconds(200), _windows[^1].Length);
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal((ulong)perSecond / 2, _windows[i].Packets);
            Assert.InRange(_windows[i].HandedOutAt - ((i + 1) * Second / 2), TimeSpan.Zero, HandOutLimit);
            Assert.Equal(_windows[i].End, _windows[i + 1].Start);
        }

        Assert.Equal((ulong)(perSecond * 32 / 10), _windows.Aggregate(0ul, (sum, w) => sum + w.Packets));
    }

    [Fact]
    public void WindowsHoldTheirOwnOfAMillionPacketsPerSecond()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 1_000_000, TimeSpan.FromSeconds(0.12));
        TimeSpan length = TimeSpan.FromSeconds(0.04);
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = length, Count = 2, IsContinuous = true });
        Assert.Equal([40_000ul, 40_000ul], _windows.Select(window => window.Packets));
        Assert.All(
            _windows.Select((window, i) => window.HandedOutAt - ((i + 1) * length)),
            late => Assert.InRange(late, TimeSpan.Zero, HandOutLimit));
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(0.02)]
    [InlineData(-0.02)]
    public void WallClockThatIsSetMovesNoPacketAndChangesNoLength(double seconds)
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 200, TimeSpan.FromSeconds(6));
        ring.At(TimeSpan.FromSeconds(1.5), () => _clock.SetUtcNow(_clock.GetUtcNow().AddSeconds(seconds)));
        ring.At(TimeSpan.FromSeconds(3.25), () => _clock.SetUtcNow(_clock.GetUtcNow().AddSeconds(-seconds)));
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 5, IsContinuous = true });
        Assert.Equal(5, _windows.Count);
        Assert.All(_windows, window =>
        {
            // A step of less than the age of a packet leaves a few in doubt; one of an hour leaves none.
            ulong doubt = Math.Abs(seconds) > 1 ? 0ul : 4ul;
            Assert.InRange(window.Packets, 200 - doubt, 200 + doubt);
            Assert.Equal(Second, window.Length);
            Assert.All(window.Flows, InsideOfItsWindow);
            Assert.All(window.Flows, flow => Assert.Equal(flow.TxPackets, flow.TxPacketsPerSecond, 6));
        });
        Assert.Equal(1000ul, _windows.Aggregate(0ul, (sum, w) => sum + w.Packets));
    }

    [Fact]
    public void StopHandsOutTheWindowUnderWayWithWhatCameBeforeTheStop()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 1000, TimeSpan.FromSeconds(10));
        ring.At(TimeSpan.FromSeconds(2.3), _stop.Cancel);
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, IsContinuous = true });
        Assert.Equal(3, _windows.Count);
        Assert.Equal(300ul, _windows[2].Packets);
        Assert.Equal(TimeSpan.FromMilliseconds(300), _windows[2].Length);
        Assert.InRange(ring.Now - TimeSpan.FromSeconds(2.3), TimeSpan.Zero, HandOutLimit);
    }

    [Fact]
    public void WindowWithoutPacketsIsHandedOutInTime()
    {
        var ring = new FakePacketRing(_clock);
        ring.Add(TimeSpan.FromSeconds(0.9999), 1);
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 2, IsContinuous = true });
        Assert.Equal([1ul, 0ul], _windows.Select(w => w.Packets));
        Assert.All(_windows.Select((w, i) => w.HandedOutAt - ((i + 1) * Second)),
            late => Assert.InRange(late, TimeSpan.Zero, HandOutLimit));
    }

    [Fact]
    public void StampsOfSeveralProcessorsMayBeOutOfOrder()
    {
        var ring = new FakePacketRing(_clock);
        for (int i = 1; i < 2000; i++)
        {
            // Every third packet is stamped half a millisecond before it is handed to the ring.
            var error = TimeSpan.FromMilliseconds(i % 3 == 1 ? -0.5 : 0);
            ring.Add(TimeSpan.FromMilliseconds(i + 0.25), (ushort)(i % 7), stampError: error);
        }

        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 1, IsContinuous = true });
        Assert.Equal(1000ul, Assert.Single(_windows).Packets);
        Assert.All(_windows[0].Flows, InsideOfItsWindow);
    }

    [Fact]
    public void ReaderThatWasHeldUpPutsEveryPacketIntoItsOwnWindow()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 100, TimeSpan.FromSeconds(20));
        Run(new HeldUpRing(ring), new FlowSessionOptions
        {
            Inputs = [],
            Interval = TimeSpan.FromMilliseconds(100),
            Count = 50,
            IsContinuous = true,
        });
        Assert.Equal(50, _windows.Count);
        Assert.All(_windows, w => Assert.Equal(10ul, w.Packets));
    }

    [Fact]
    public void DeviceThatGoesAndComesBackIsReportedOnceEach()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 10, TimeSpan.FromSeconds(4));
        ring.At(TimeSpan.FromSeconds(1.2), () => ring.IsGone = true);
        ring.At(TimeSpan.FromSeconds(2.7), () => (ring.IsGone, ring.Returns) = (false, 1));
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 3, IsContinuous = true });
        Assert.Equal(3, _windows.Count);
        Assert.Equal(["tun0 is gone", "tun0 is back"], _warnings.Select(text => text[..12]));
    }

    [Fact]
    public void DeviceThatIsReplacedBetweenTwoLooksIsReported()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 10, TimeSpan.FromSeconds(4));
        ring.At(TimeSpan.FromSeconds(1.2), () => ring.Returns++);
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 3, IsContinuous = true });
        Assert.Equal(["tun0 is back: a new device of that name is counted, from the moment it was found."], _warnings);
    }

    [Fact]
    public void DeviceThatIsRenamedIsReportedAtOnceAndStaysCounted()
    {
        var ring = new FakePacketRing(_clock);
        var whenTold = TimeSpan.Zero;
        ring.At(TimeSpan.FromSeconds(1.2), () => ring.CurrentName = "tun9");
        ring.At(TimeSpan.FromSeconds(3), () => whenTold = _warnings.Count > 0 ? ring.Now : whenTold);
        ring.At(TimeSpan.FromSeconds(4), () => ring.CurrentName = "tun0");
        ring.Add(TimeSpan.FromSeconds(5), 1);
        Run(ring, new FlowSessionOptions { Inputs = [], Duration = TimeSpan.FromSeconds(6) });
        Assert.Equal(["tun0 is now called tun9 and is still counted as tun0."], _warnings);
        Assert.Equal(TimeSpan.FromSeconds(3), whenTold);
        Assert.Equal(1ul, Assert.Single(_windows).Packets);
    }

    [Fact]
    public void LostPacketsAreThoseOfTheWindow()
    {
        var ring = new FakePacketRing(_clock);
        ring.At(TimeSpan.FromSeconds(1.5), () => ring.Dropped = 7);
        Steady(ring, 10, TimeSpan.FromSeconds(4));
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 3, IsContinuous = true });
        Assert.Equal([0ul, 7ul, 0ul], _windows.Select(w => w.Lost));
    }

    /// <summary>All windows are handed out late, one after another: each has its own losses alone.</summary>
    [Fact]
    public void LostPacketsAreThoseOfTheWindowWhenTheReaderWasHeldUp()
    {
        var ring = new FakePacketRing(_clock);
        ring.At(TimeSpan.FromSeconds(1.5), () => ring.Dropped = 7);
        ring.At(TimeSpan.FromSeconds(3.5), () => ring.Dropped = 16);
        Steady(ring, 10, TimeSpan.FromSeconds(6));
        Run(new HeldUpRing(ring), new FlowSessionOptions
        {
            Inputs = [],
            Interval = Second,
            Count = 5,
            IsContinuous = true,
        });
        Assert.Equal(16ul, _windows.Aggregate(0ul, (sum, w) => sum + w.Lost));
        Assert.Equal([0ul, 0ul], [_windows[0].Lost, _windows[4].Lost]);
        Assert.True(_windows[1].Lost >= 7);
    }

    [Fact]
    public void LostPacketsAreThoseOfTheWindowWhileTheReaderStaysBehind()
    {
        var ring = new FakePacketRing(_clock);
        foreach ((double at, ulong dropped) in new[] { (2.1, 10ul), (2.6, 20ul), (3.2, 30ul), (4.2, 40ul) })
        {
            ring.At(TimeSpan.FromSeconds(at), () => ring.Dropped = dropped);
        }

        Steady(ring, 1000, TimeSpan.FromSeconds(8));
        Run(new LateRing(ring), new FlowSessionOptions
        {
            Inputs = [],
            Interval = Second,
            Count = 5,
            IsContinuous = true,
        });

        // The first window begins when the reader does, at 0.7 s.
        Assert.Equal([0ul, 20ul, 10ul, 10ul, 0ul], _windows.Select(w => w.Lost));
    }

    [Fact]
    public void LostPacketsBeforeAStopAreThoseOfTheLastWindow()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 1000, Second);
        ring.At(TimeSpan.FromSeconds(0.5), () =>
        {
            ring.Dropped = 20;
            _stop.Cancel();
        });
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = 5 * Second, IsContinuous = true });
        Assert.Equal(20ul, Assert.Single(_windows).Lost);
    }

    [Fact]
    public void WhatCameOrWasLostBeforeTheFirstWindowIsNotInIt()
    {
        var ring = new FakePacketRing(_clock);
        Steady(ring, 100, TimeSpan.FromSeconds(6));
        ring.At(TimeSpan.FromSeconds(1.5), () => ring.Dropped = 7);
        ring.HoldUp(TimeSpan.FromSeconds(2));
        Run(ring, new FlowSessionOptions { Inputs = [], Interval = Second, Count = 2, IsContinuous = true });
        Assert.Equal([100ul, 100ul], _windows.Select(w => w.Packets));
        Assert.All(_windows, w => Assert.Equal(0ul, w.Lost));
    }

    [Fact]
    public void LossesOfAGapThatSpansWindowsAreSpread()
    {
        var gaps = new PacketGaps();
        gaps.Add(0, 0, 50);
        gaps.Add(100, 50, 250);
        gaps.Add(3, 60, 60);
        Assert.Equal(28ul, gaps.TakeUntil(100));
        Assert.Equal(50ul, gaps.TakeUntil(200));
        Assert.Equal(25ul, gaps.TakeUntil(300));
        Assert.Equal(0ul, gaps.TakeUntil(400));
    }

    private static void InsideOfItsWindow(TupleCounts flow)
    {
        Assert.True(flow.FirstSeen >= flow.Start, $"{flow.FirstSeen:O} is before {flow.Start:O}.");
        Assert.True(flow.LastSeen <= flow.End, $"{flow.LastSeen:O} is after {flow.End:O}.");
    }

    /// <summary>Packets at a steady rate, none of them on a window's boundary.</summary>
    private static void Steady(FakePacketRing ring, int perSecond, TimeSpan length)
    {
        TimeSpan step = Second / perSecond;
        for (int i = 0; i < length / step; i++)
        {
            ring.Add((i * step) + (step / 2), (ushort)(1000 + (i % 5)));
        }
    }

    private void Run(IPacketRing ring, FlowSessionOptions options)
    {
        long start = _clock.GetTimestamp();
        var queue = new FlowQueue(1);
        using var source = new DeviceFlowSource(new Draining(ring, queue, this, start), options, _clock);
        source.Begin(CancellationToken.None);
        source.Run(queue, _stop.Token);
        queue.End();
        Drain(queue, start);
    }

    private void Drain(FlowQueue queue, long start)
    {
        while (queue.TryTake(TimeSpan.Zero, out FlowQueue.Item? item) && item is not null)
        {
            if (item.Warning is { } warning)
            {
                _warnings.Add(warning);
                continue;
            }

            using FlowReport report = item.Report!;
            TupleCounts[] flows = [.. report.TakeFlows()];
            _windows.Add(new Taken(
                report.Window.Start.ToDateTime(),
                report.Window.End.ToDateTime(),
                _clock.GetElapsedTime(start),
                flows,
                report.PacketsLost));
        }
    }

    private sealed record Taken(
        DateTime Start, DateTime End, TimeSpan HandedOutAt, TupleCounts[] Flows, ulong Lost)
    {
        internal TimeSpan Length => End - Start;

        internal ulong Packets => Flows.Aggregate(0ul, (sum, flow) => sum + flow.TxPackets);
    }

    /// <summary>Takes what is in the queue before each read, at the instant at which it was posted.</summary>
    private sealed class Draining(IPacketRing ring, FlowQueue queue, DeviceWindowTests test, long start) : IPacketRing
    {
        public string Name => ring.Name;

        public string CurrentName => ring.CurrentName;

        public bool IsGone => ring.IsGone;

        public int Returns => ring.Returns;

        public bool HasLost => ring.HasLost;

        public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
        {
            test.Drain(queue, start);
            return ring.Read(packets, timeout, cancellationToken);
        }

        public PacketRingStatistics ReadStatistics() => ring.ReadStatistics();

        public void Dispose() => ring.Dispose();
    }

    /// <summary>A ring of 1000 packets per second whose reader stays 0.7 s behind.</summary>
    private sealed class LateRing(FakePacketRing ring) : IPacketRing
    {
        private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

        private TimeSpan _wait = TimeSpan.FromSeconds(0.7);

        public string Name => ring.Name;

        public string CurrentName => ring.CurrentName;

        public bool IsGone => ring.IsGone;

        public int Returns => ring.Returns;

        public bool HasLost => ring.HasLost;

        public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
        {
            ring.HoldUp(_wait);
            _wait = Step;
            return ring.Read(packets[..10], timeout, cancellationToken);
        }

        public PacketRingStatistics ReadStatistics() => ring.ReadStatistics();

        public void Dispose() => ring.Dispose();
    }

    /// <summary>A ring whose reader does nothing for three seconds, as one that was stopped.</summary>
    private sealed class HeldUpRing(FakePacketRing ring) : IPacketRing
    {
        private bool _wasHeldUp;

        public string Name => ring.Name;

        public string CurrentName => ring.CurrentName;

        public bool IsGone => ring.IsGone;

        public int Returns => ring.Returns;

        public bool HasLost => ring.HasLost;

        public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
        {
            if (ring.Now > Second && !_wasHeldUp)
            {
                _wasHeldUp = true;
                ring.HoldUp(TimeSpan.FromSeconds(3));
            }

            return ring.Read(packets, timeout, cancellationToken);
        }

        public PacketRingStatistics ReadStatistics() => ring.ReadStatistics();

        public void Dispose() => ring.Dispose();
    }
}
