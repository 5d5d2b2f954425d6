using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using TunStats.Interop;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using TunStats.Tests.Vectors;
using Xunit;

namespace TunStats.Tests.Polling;

public sealed class LinkPollerTests
{
    private static readonly JsonElement Sequences =
        VectorFile.Read("tundevstats_responses.json").GetProperty("pollSequences");

    private readonly FakeKernel _kernel = new();
    private readonly RecordingSink _sink = new();

    public static TheoryData<string> SequenceNames() => [.. Sequences.EnumerateArray()
        .Where(s => s.GetProperty("want").ValueKind == JsonValueKind.Array)
        .Select(s => s.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(SequenceNames))]
    public void DropsAreCountedAsTheVectorsWant(string name)
    {
        JsonElement sequence = Sequences.EnumerateArray().Single(s => s.GetProperty("name").GetString() == name);
        JsonElement[] wanted = [.. sequence.GetProperty("want").EnumerateArray()];
        _kernel.Set(7, "tun0", 0);
        using LinkPoller poller = Poller("tun0");
        int beat = 0;
        foreach (JsonElement poll in sequence.GetProperty("polls").EnumerateArray())
        {
            bool fails = poll.ValueKind == JsonValueKind.String;
            _kernel.StatsErrno = fails ? 19 : 0;
            if (!fails)
            {
                _kernel.Set(7, "tun0", poll.GetUInt64());
            }

            poller.Poll(CancellationToken.None);
            JsonElement want = wanted[beat++];
            ulong? expected = want.ValueKind == JsonValueKind.Null ? null : want.GetUInt64();
            Assert.Equal(expected, poller.Devices[0].TxDroppedTotal);
        }
    }

    [Fact]
    public void TwoPollersOfOneDeviceCountEachForItself()
    {
        _kernel.Set(7, "tun0", 7);
        using (LinkPoller first = Poller("tun0"))
        {
            first.Poll(CancellationToken.None);
            Assert.Equal(7ul, first.Devices[0].TxDroppedTotal);
        }

        _kernel.Set(7, "tun0", 3);
        using LinkPoller second = Poller("tun0");
        second.Poll(CancellationToken.None);
        Assert.Equal(3ul, second.Devices[0].TxDroppedTotal);
    }

    [Fact]
    public void SamplesReportIncreasesAndRates()
    {
        _kernel.Set(7, "tun0", 1);
        using LinkPoller poller = Poller("tun0");
        poller.Poll(CancellationToken.None);
        _kernel.Clock.Advance(TimeSpan.FromSeconds(15));
        _kernel.Set(7, "tun0", 31);
        poller.Poll(CancellationToken.None);

        LinkSample first = _sink.Samples[0], second = _sink.Samples[1];
        Assert.Equal((LinkSampleEvent.First, 1ul), (first.Event, first.SequenceNumber));
        Assert.Null(first.Increase);
        Assert.Null(first.TxDroppedPerSecond);
        Assert.Equal((LinkSampleEvent.None, 2ul), (second.Event, second.SequenceNumber));
        Assert.Equal(30ul, second.Increase!.TxDropped);
        Assert.Equal(2.0, second.TxDroppedPerSecond);
        Assert.Equal(4.0, second.TxPacketsPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(15), second.Elapsed);
    }

    [Fact]
    public void DecreaseIsAReset()
    {
        Poll(100);
        Poll(5);
        Assert.Equal(LinkSampleEvent.Reset, _sink.Samples[^1].Event);
        Assert.Equal(5ul, _sink.Samples[^1].Increase!.TxDropped);
    }

    [Fact]
    public void DeviceIsFollowedThroughItsLives()
    {
        _kernel.Set(7, "tun0", 100);
        using LinkPoller poller = Poller("tun0");
        poller.Poll(CancellationToken.None);
        _kernel.Remove(7);
        poller.Poll(CancellationToken.None);
        poller.Poll(CancellationToken.None);
        _kernel.Clock.Advance(TimeSpan.FromSeconds(45));

        // More drops than before: by its numbers alone it could be the same device.
        _kernel.Set(8, "tun0", 130);
        poller.Poll(CancellationToken.None);

        Assert.Equal(
            [LinkSampleEvent.First, LinkSampleEvent.Gone, LinkSampleEvent.Reappeared],
            _sink.Samples.Select(s => s.Event));
        Assert.Equal([1ul, 2, 3], _sink.Samples.Select(s => s.SequenceNumber));
        Assert.Equal(130ul, _sink.Samples[^1].Increase!.TxDropped);
        Assert.Equal(230ul, poller.Devices.Single().TxDroppedTotal);
        Assert.Equal("tun0", Assert.Single(_sink.Errors).Device);
    }

    [Fact]
    public void DeviceThatGoesBetweenLookAndReadIsFoundAgain()
    {
        _kernel.Set(7, "tun0", 1);
        using LinkPoller poller = Poller("tun0");
        poller.Poll(CancellationToken.None);

        // No event was heard yet when the read meets ENODEV.
        _kernel.Remove("tun0", silently: true);
        _kernel.Add("tun0", index: 9, silently: true);
        poller.Poll(CancellationToken.None);

        Assert.Equal(
            [LinkSampleEvent.First, LinkSampleEvent.Gone, LinkSampleEvent.Reset],
            _sink.Samples.Select(s => s.Event));
        Assert.Equal(9, _sink.Samples[^1].Stats.Index);
    }

    [Fact]
    public void WildcardTakesNewDevicesAndLetsRenamedOnesKeepTheirCounts()
    {
        _kernel.Set(1, "wg0", 10);
        _kernel.Set(2, "eth0", 10);
        using LinkPoller poller = Poller("wg*");
        poller.Poll(CancellationToken.None);
        _kernel.Set(3, "wg1", 5);
        _kernel.Set(1, "wg9", 15);
        poller.Poll(CancellationToken.None);
        _kernel.Set(1, "eth9", 20);
        poller.Poll(CancellationToken.None);

        Assert.Equal(["wg0", "wg9", "wg1", "wg9", "wg1"], _sink.Samples.Select(s => s.Name));
        Assert.Equal(5ul, _sink.Samples[1].Increase!.TxDropped);
        Assert.Equal(LinkSampleEvent.Gone, _sink.Samples[3].Event);
        Assert.Empty(_sink.Errors);
    }

    [Fact]
    public void LostEventsLeadToAFreshListing()
    {
        _kernel.Set(1, "wg0", 0);
        using LinkPoller poller = Poller("wg*");
        poller.Poll(CancellationToken.None);
        _kernel.Add("wg1", index: 2, silently: true);
        poller.Poll(CancellationToken.None);
        Assert.DoesNotContain("wg1", _sink.Samples.Select(s => s.Name));
        _kernel.LoseEvents();
        poller.Poll(CancellationToken.None);
        Assert.Contains("wg1", _sink.Samples.Select(s => s.Name));
    }

    [Fact]
    public void NameThatIsNotThereIsReportedOnceAndAWildcardInSilence()
    {
        using LinkPoller poller = Poller("tun0", "wg*");
        poller.Poll(CancellationToken.None);
        poller.Poll(CancellationToken.None);
        (Exception error, string? device) = Assert.Single(_sink.Errors);
        Assert.Equal(("tun0", ErrorKind.DeviceNotFound), (device, Assert.IsType<TunStatsException>(error).Kind));
        _kernel.Set(4, "tun0", 1);
        poller.Poll(CancellationToken.None);
        Assert.Equal(LinkSampleEvent.First, Assert.Single(_sink.Samples).Event);
    }

    [Fact]
    public void ErrorIsReportedOncePerChangeOfStateAndPollingGoesOn()
    {
        _kernel.Set(7, "tun0", 1);
        using LinkPoller poller = Poller("tun0");
        poller.Poll(CancellationToken.None);
        foreach (int errno in new[] { 5, 5, 5, 0, 5, 13, 0 })
        {
            _kernel.StatsErrno = errno;
            poller.Poll(CancellationToken.None);
        }

        Assert.Equal(3, _sink.Errors.Count);
        Assert.Equal(
            [
                LinkSampleEvent.First, LinkSampleEvent.Error, LinkSampleEvent.None, LinkSampleEvent.Error,
                LinkSampleEvent.None,
            ],
            _sink.Samples.Select(s => s.Event));
    }

    [Fact]
    public void GridIsNeverShiftedAndMissedTicksAreReportedNotCaughtUp()
    {
        var clock = new LeapingTimeProvider();
        TimeSpan[] took = [.. new[] { 0.0, 0.4, 0.0, 3.2, 0.0, 0.0 }.Select(TimeSpan.FromSeconds)];
        List<double> beats = [];
        List<long> missed = [];
        using var timer = new TickTimer(clock, TimeSpan.FromSeconds(1));
        foreach (TimeSpan time in took)
        {
            clock.Pass(time);
            missed.Add(Next(timer));
            beats.Add(clock.GetTimestamp() / (double)TimeSpan.TicksPerSecond);
        }

        Assert.Equal([1, 2, 3, 7, 8, 9], beats);
        Assert.Equal([0, 0, 0, 3, 0, 0], missed);
    }

    [Fact]
    public void SuspensionIsOneSampleThatSaysWhatWasMissed()
    {
        var clock = new LeapingTimeProvider { Leap = wait => wait + TimeSpan.FromHours(1) };
        using var timer = new TickTimer(clock, TimeSpan.FromSeconds(15));
        Assert.Equal(240, Next(timer));
        clock.Leap = wait => wait;
        Assert.Equal(0, Next(timer));
    }

    [Fact]
    public void EarlyTimerIsWaitedOut()
    {
        var clock = new LeapingTimeProvider { Leap = wait => wait / 2 + TimeSpan.FromTicks(1) };
        using var timer = new TickTimer(clock, TimeSpan.FromSeconds(1));
        Assert.Equal(0, Next(timer));
        Assert.True(clock.GetTimestamp() >= TimeSpan.TicksPerSecond);
    }

    [Fact]
    public void ThirtyDaysWithErrorsLoseAndDoubleNothing()
    {
        const int Beats = 30 * 24 * 60 * 4;
        var clock = new LeapingTimeProvider();
        var random = new Random(20260102);
        ulong drops = 0;
        int successes = 0;
        _kernel.Set(7, "tun0", 0);
        clock.Leap = wait =>
        {
            _kernel.StatsErrno = random.Next(20) == 0 ? 5 : 0;
            successes += _kernel.StatsErrno == 0 ? 1 : 0;
            drops += (ulong)random.Next(100);
            _kernel.Set(7, "tun0", drops);
            return wait;
        };
        var options = new LinkPollerOptions { Names = ["tun0"], MaxPolls = Beats };
        using var poller = new LinkPoller(options, _sink, clock, _kernel.Open);

        poller.Run(CancellationToken.None);

        // The first poll came before the first wait.
        Assert.Equal(successes + 1, _sink.Samples.Count(s => s.Event != LinkSampleEvent.Error));
        Assert.Equal(
            Enumerable.Range(1, _sink.Samples.Count).Select(i => (ulong)i),
            _sink.Samples.Select(s => s.SequenceNumber));
        ulong sum = _sink.Samples.Aggregate(0ul, (total, s) => total + (s.Increase?.TxDropped ?? 0));
        Assert.Equal(_sink.Samples[^1].Stats.TxDropped, sum);
        Assert.Equal(sum, poller.Devices.Single().TxDroppedTotal);
        Assert.Equal(2, _kernel.OpenSockets);
    }

    [Fact]
    public void CancellationEndsTheWait()
    {
        using var source = new CancellationTokenSource();
        var clock = new LeapingTimeProvider
        {
            Leap = wait =>
            {
                source.Cancel();
                return TimeSpan.Zero;
            },
        };
        using var poller = new LinkPoller(new LinkPollerOptions { Names = ["tun0"] }, _sink, clock, _kernel.Open);
        Assert.ThrowsAny<OperationCanceledException>(() => poller.Run(source.Token));
    }

    [Theory]
    [InlineData(0.09, 1)]
    [InlineData(86401, 1)]
    [InlineData(-1, 1)]
    [InlineData(15, 0)]
    public void OptionsOutOfRangeAreRefused(double seconds, long beats)
    {
        var options = new LinkPollerOptions
        {
            Names = ["tun0"],
            Interval = TimeSpan.FromSeconds(seconds),
            MaxPolls = beats,
        };
        Assert.Throws<ArgumentException>(() => new LinkPoller(options, _sink));
    }

    [Fact]
    public void ImpossibleNameIsRefusedBeforeTheStart() => Assert.Throws<ArgumentException>(
        () => new LinkPoller(new LinkPollerOptions { Names = ["a b"] }, _sink));

    private LinkPoller Poller(params string[] names) =>
        new(new LinkPollerOptions { Names = names }, _sink, _kernel.Clock, _kernel.Open);

    private void Poll(params ulong[] drops)
    {
        _poller ??= Poller("tun0");
        foreach (ulong value in drops)
        {
            _kernel.Set(7, "tun0", value);
            _poller.Poll(CancellationToken.None);
        }
    }

    private LinkPoller? _poller;

    private static long Next(TickTimer timer)
    {
        Assert.True(timer.WaitForNext(Timeout.InfiniteTimeSpan, CancellationToken.None, out long missed));
        return missed;
    }
}
