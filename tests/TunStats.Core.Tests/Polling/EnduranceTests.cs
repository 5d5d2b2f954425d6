using System;
using System.Threading;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>A poller that runs for weeks, and what a poll costs.</summary>
public sealed class EnduranceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void PollWhoseSamplesNobodyTakesAllocatesNothing(int devices)
    {
        var bench = new PollerBench();
        for (int i = 0; i < devices; i++)
        {
            bench.Kernel.Add($"tun{i}");
        }

        bench.Sink.WantsSamples = false;
        using LinkPoller poller = bench.Create(["tun*"]);
        ulong polls = 0;
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 20; i++, polls++)
            {
                poller.Poll(CancellationToken.None);
            }
        }));
        Assert.Equal(polls, poller.Devices[^1].SequenceNumber);
    }

    /// <summary>Six thousand devices of a wildcard, each there for one poll.</summary>
    [Fact]
    public void ShortLivedDevicesLeaveTheMetricsAndMemoryAfterFiveMinutes()
    {
        const int Polls = 300, PerPoll = 20;
        var bench = new PollerBench();
        var sink = new SoakSink();
        bench.Kernel.Add("tun0").TxDropped = 7;
        using LinkPoller poller = bench.Create(["veth*", "tun0"], sink: sink);
        long settled = 0;
        for (int poll = 1; poll <= Polls; poll++)
        {
            for (int i = 0; i < PerPoll; i++)
            {
                bench.Kernel.Add($"veth{poll}x{i}");
                if (poll > 1)
                {
                    bench.Kernel.Remove($"veth{poll - 1}x{i}");
                }
            }

            poller.Poll(CancellationToken.None);
            bench.Clock.Pass(TimeSpan.FromSeconds(15));
            settled = poll == 100 ? GC.GetTotalMemory(forceFullCollection: true) : settled;

            // Five minutes are 20 polls; the newest is there.
            Assert.InRange(poller.Devices.Count, 1, (22 * PerPoll) + 1);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - settled, long.MinValue, 256 * 1024);
        Assert.NotNull(bench.Metric("tunstats_device_up", "veth285x0"));
        Assert.Null(bench.Metric("tunstats_device_up", "veth270x0"));

        for (int i = 0; i < PerPoll; i++)
        {
            bench.Kernel.Remove($"veth{Polls}x{i}");
        }

        poller.Poll(CancellationToken.None);
        bench.Clock.Pass(TimeSpan.FromMinutes(5));
        poller.Poll(CancellationToken.None);
        Assert.Equal("tun0", Assert.Single(poller.Devices).Name);
        Assert.Equal(7ul, bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void DeviceThatTheUserNamedKeepsItsTotals()
    {
        var bench = new PollerBench();
        bench.Kernel.Add("tun0").TxDropped = 7;
        using LinkPoller poller = bench.Create(["tun0", "tun*"], sink: new SoakSink());
        poller.Poll(CancellationToken.None);
        bench.Kernel.Remove("tun0");
        for (int poll = 0; poll < 3; poll++)
        {
            poller.Poll(CancellationToken.None);
            bench.Clock.Pass(TimeSpan.FromHours(1));
        }

        Assert.Equal(7ul, bench.Metric("tundev_txq_drops"));
        Assert.Equal(0ul, bench.Metric("tunstats_device_up"));
    }

    /// <summary>Thirty days at 15 s, with all that can go wrong going wrong at random.</summary>
    [Fact]
    public void ThirtyDaysOfRandomTroubleLoseNothingAndLeakNothing()
    {
        const int Beats = 30 * 24 * 60 * 4;
        var random = new Random(20260102);
        var bench = new PollerBench();
        FakeLink link = bench.Kernel.Add("tun0");
        var sink = new SoakSink();
        using var stop = new CancellationTokenSource();
        ulong caused = 0;
        long settled = 0;
        int waits = 0;
        using LinkPoller poller = bench.Create(["tun0"], sink: sink);
        bench.Clock.Leap = wait =>
        {
            waits++;
            bool calm = sink.IsReadUp(poller, bench.Kernel) && link.Errno == 0
                && bench.Kernel.SendErrors.Count + bench.Kernel.OpenErrors.Count == 0;
            if (calm && bench.Clock.GetTimestamp() >= TimeSpan.FromSeconds(15).Ticks * Beats)
            {
                stop.Cancel();
                return wait;
            }

            settled = waits == Beats / 10 ? GC.GetTotalMemory(forceFullCollection: true) : settled;
            caused += Disturb(bench, ref link, random, calm);
            return wait + TimeSpan.FromSeconds(random.Next(200) == 0 ? random.Next(60) : 0);
        };
        Assert.ThrowsAny<OperationCanceledException>(() => poller.Run(stop.Token));

        long grown = GC.GetTotalMemory(forceFullCollection: true) - settled;
        Assert.Equal(caused, sink.Gained + sink.First);
        Assert.Equal(caused, bench.Metric("tundev_txq_drops"));
        Assert.Equal(sink.Samples, sink.LastSequence);
        Assert.Equal(0, sink.Gaps);
        Assert.InRange(sink.Readings, Beats / 2, Beats * 2);
        Assert.True(sink.Errors > 1000 && sink.Resets > 1000 && sink.Gone > 1000 && sink.Failures > 1000);
        Assert.InRange(sink.Missed, 500, Beats / 10);
        Assert.InRange(grown, long.MinValue, 1024 * 1024);
        Assert.Equal(2, bench.Kernel.OpenSockets);
    }

    /// <summary>
    /// Counts traffic, and now and then does something to the device or the sockets. What takes counts away that nobody
    /// has read, so that they are lost by nature, is left to calm moments.
    /// </summary>
    /// <returns>The drops that were caused.</returns>
    private static ulong Disturb(PollerBench bench, ref FakeLink link, Random random, bool calm)
    {
        FakeKernel kernel = bench.Kernel;
        bench.Kernel.Sockets.RemoveAll(s => s.IsDisposed);
        ulong drops = (ulong)random.Next(1, 1000);
        switch (random.Next(60))
        {
            case 0 when calm && kernel.Has("tun0"):
                // Made again with the same index, which only events show.
                link.TxDropped += drops;
                kernel.Remove("tun0");
                link = kernel.Add("tun0", index: link.Index);
                return drops;
            case 1 when calm && kernel.Has("tun0"):
                link.TxDropped += drops;
                kernel.Remove("tun0");
                return drops;
            case 2 when calm && kernel.Has("tun0"):
                // A driver that starts its counters again: what it had counted since the last poll is nowhere to be
                // found.
                link.TxDropped = 0;
                return 0;
            case 3:
                kernel.SendErrors.Enqueue(Trouble(random));
                return 0;
            case 4:
                kernel.OpenErrors.Enqueue(Trouble(random));
                kernel.SendErrors.Enqueue(Trouble(random));
                return 0;
            case 5 when calm:
                kernel.LoseEvents();
                return 0;
            case 6:
                bench.Clock.WallClockOffset = TimeSpan.FromMinutes(random.Next(-10_000, 10_000));
                return 0;
            case 7:
                link.Errno = (int)Errno.EPERM;
                return 0;
        }

        link.Errno = 0;
        if (!kernel.Has("tun0"))
        {
            link = kernel.Add("tun0");
        }

        link.TxDropped += drops;
        return drops;
    }

    private static NetlinkException Trouble(Random random)
    {
        ErrorKind kind = random.Next(3) switch
        {
            0 => ErrorKind.NetlinkFailed,
            1 => ErrorKind.NetlinkTimeout,
            _ => ErrorKind.InvalidKernelReply,
        };
        return new NetlinkException(kind, "trouble");
    }

    private sealed class SoakSink : ILinkPollerSink
    {
        public bool WantsSamples => true;

        internal ulong First { get; private set; }

        internal ulong Gained { get; private set; }

        internal ulong Samples { get; private set; }

        internal ulong LastSequence { get; private set; }

        internal int Gaps { get; private set; }

        internal int Readings { get; private set; }

        internal long Missed { get; private set; }

        internal int Errors { get; private set; }

        internal int Resets { get; private set; }

        internal int Gone { get; private set; }

        internal int Failures { get; private set; }

        /// <summary>Whether the last poll took all that had been counted.</summary>
        internal bool IsReadUp(LinkPoller poller, FakeKernel kernel)
        {
            PolledLink device = poller.Devices[0];
            return !device.IsInError
                && (kernel.Has("tun0")
                    ? device.Presence == LinkPresence.Present && device.Stats.TxDropped == kernel["tun0"].TxDropped
                    : device.Presence == LinkPresence.Absent);
        }

        public void OnSample(LinkSample sample)
        {
            Samples++;
            Gaps += sample.SequenceNumber == LastSequence + 1 ? 0 : 1;
            LastSequence = sample.SequenceNumber;
            Gained += sample.Increase?.TxDropped ?? 0;
            Missed += sample.MissedBeats;
            switch (sample.Event)
            {
                case LinkSampleEvent.First:
                    First += sample.Stats.TxDropped;
                    break;
                case LinkSampleEvent.Error:
                    Errors++;
                    return;
                case LinkSampleEvent.Reset or LinkSampleEvent.Reappeared:
                    Resets++;
                    break;
                case LinkSampleEvent.Gone:
                    Gone++;
                    return;
            }

            Readings++;
        }

        public void OnError(Exception error, string? device) => Failures++;

        public void OnWarning(string message)
        {
        }

        public void OnLinkEvent(string message)
        {
        }
    }
}
