using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>Devices that come, go, change their names and fail, and what samples and totals say of it.</summary>
public sealed class FollowingTests
{
    private readonly PollerBench _bench = new();

    private FakeKernel Kernel => _bench.Kernel;

    [Fact]
    public void FirstSampleHasCountersAndNoIncrease()
    {
        Kernel.Add("tun0").Count(7);
        _bench.Run(1, ["tun0"]);

        LinkSample sample = Assert.Single(_bench.Sink.Samples);
        Assert.Equal((LinkSampleEvent.First, 1ul, "tun0", "tun"),
            (sample.Event, sample.SequenceNumber, sample.Name, sample.Stats.Kind));
        Assert.Equal(7ul, sample.Stats.RxPackets);
        Assert.Equal(TimeSpan.Zero, sample.Elapsed);
        Assert.Null(sample.Increase);
        Assert.Null(sample.TxDroppedPerSecond);
        Assert.Equal(7ul * 8, _bench.Metric("tundev_txq_drops"));
    }

    /// <summary>The other device would match the wildcard that the name also is.</summary>
    [Fact]
    public void ADeviceWhoseNameHoldsWildcardSignsIsMeantFirst()
    {
        Kernel.Add("q1");
        FakeLink link = Kernel.Add("q[1]");
        _bench.Run(4, ["q[1]"], poll =>
        {
            if (poll == 1)
            {
                Kernel.Remove("q[1]");
            }
            else if (poll == 2)
            {
                Kernel.Insert(link);
            }
        });
        Assert.All(_bench.Sink.Samples, sample => Assert.Equal("q[1]", sample.Name));
        Assert.Equal(
            [LinkSampleEvent.First, LinkSampleEvent.Gone, LinkSampleEvent.Reappeared, LinkSampleEvent.None],
            _bench.Sink.Samples.Select(sample => sample.Event));
    }

    [Fact]
    public void AWildcardMatchesADeviceOfThatVeryNameThatComesLater()
    {
        Kernel.Add("q1");
        _bench.Run(2, ["q[1]"], _ => Kernel.Add("q[1]"));
        Assert.Equal(["q1", "q1", "q[1]"], _bench.Sink.Samples.Select(sample => sample.Name));
    }

    [Fact]
    public void EveryCounterHasItsIncreaseAndEightHaveRates()
    {
        FakeLink link = Kernel.Add("tun0");
        link.Count(100);
        _bench.Run(2, ["tun0"], _ => link.Count(30));

        LinkSample sample = _bench.Sink.Samples[1];
        Assert.Equal(LinkSampleEvent.None, sample.Event);
        string[] counters = [.. typeof(RtnlLinkStats64).GetProperties()
            .Where(p => p.PropertyType == typeof(ulong) || p.PropertyType == typeof(ulong?)).Select(p => p.Name)];
        Assert.Equal(25, counters.Length);
        for (int i = 0; i < counters.Length; i++)
        {
            object? increase = typeof(LinkIncrease).GetProperty(counters[i])!.GetValue(sample.Increase);
            Assert.Equal(30ul * (ulong)(i + 1), Assert.IsType<ulong>(increase));
        }

        Assert.Equal(
            (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0),
            (sample.RxPacketsPerSecond, sample.TxPacketsPerSecond, sample.RxBytesPerSecond, sample.TxBytesPerSecond,
            sample.RxErrorsPerSecond, sample.TxErrorsPerSecond, sample.RxDroppedPerSecond, sample.TxDroppedPerSecond));
    }

    [Fact]
    public void CounterThatGoesDownIsAResetOfThatCounterAlone()
    {
        FakeLink link = Kernel.Add("tun0");
        link.Stats.rx_bytes = 1_000_000;
        link.TxDropped = 100;
        _bench.Run(2, ["tun0"], _ =>
        {
            link.Stats.rx_bytes = 1_000_010;
            link.TxDropped = 5;
        });

        LinkSample sample = _bench.Sink.Samples[1];
        Assert.Equal(LinkSampleEvent.Reset, sample.Event);
        Assert.Equal((5ul, 10ul), (sample.Increase!.TxDropped, sample.Increase.RxBytes));
        Assert.Equal(1_000_010ul, _bench.Metric("tunstats_receive_bytes_total"));
    }

    [Fact]
    public void DeviceMadeAgainIsFollowedByNameAndNothingItCountedIsLost()
    {
        FakeLink link = Kernel.Add("tun0");
        link.TxDropped = 100;
        _bench.Run(3, ["tun0"], poll =>
        {
            if (poll == 1)
            {
                Kernel["tun0"].TxDropped = 130;
                Kernel.Remove("tun0");
                Kernel.Add("tun0").TxDropped = 500;
            }
        });

        // 30 until the end of the first device, which the kernel sent with the event, and 500 of the second: more than
        // the old counter, so that no decrease would have shown the change.
        Assert.Equal(["tun0 First -", "tun0 Gone 30", "tun0 Reappeared 500", "tun0 None 0"], _bench.Story());
        Assert.Equal(630ul, _bench.Metric("tundev_txq_drops"));
        Assert.Empty(_bench.Sink.Errors);
        Assert.Equal(
            ["tun0 (index 2, tun) is present.", "tun0 (index 2) is gone.", "tun0 (index 3, tun) is present again."],
            _bench.Sink.Events);
        Assert.Equal([2, 2, 3, 3], _bench.Sink.Samples.Select(s => s.Stats.Index));
    }

    [Fact]
    public void DeviceMadeAgainWithTheSameIndexIsNotTakenForTheOldOne()
    {
        int index = Kernel.Add("tun0").Index;
        Kernel["tun0"].TxDropped = 100;
        _bench.Run(2, ["tun0"], _ =>
        {
            Kernel.Remove("tun0");
            Kernel.Add("tun0", index: index).TxDropped = 120;
        });

        Assert.Equal(["tun0 First -", "tun0 Gone 0", "tun0 Reappeared 120"], _bench.Story());
        Assert.Equal(220ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void DeviceMadeAgainWhileItIsReadIsReadAgain()
    {
        int index = Kernel.Add("tun0").Index;
        Kernel["tun0"].TxDropped = 100;
        Kernel.AfterStats = request =>
        {
            if (request == 2)
            {
                Kernel.Remove("tun0");
                Kernel.Add("tun0", index: index).TxDropped = 7;
            }
        };
        _bench.Run(2, ["tun0"], _ => Kernel["tun0"].TxDropped = 110);

        Assert.Equal(3, Kernel.StatsRequests);
        Assert.Equal(["tun0 First -", "tun0 Gone 10", "tun0 Reappeared 7"], _bench.Story());
    }

    [Fact]
    public void GoneIsReportedOnceWithTheLastCountersAndTheReturnToo()
    {
        FakeLink link = Kernel.Add("tun0");
        link.TxDropped = 10;
        _bench.Run(5, ["tun0"], poll =>
        {
            switch (poll)
            {
                case 1:
                    link.TxDropped = 25;
                    Kernel.Remove("tun0");
                    break;
                case 3:
                    Kernel.Add("tun0").TxDropped = 4;
                    break;
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Gone 15", "tun0 Reappeared 4", "tun0 None 0"], _bench.Story());
        LinkSample gone = _bench.Sink.Samples[1];
        Assert.Equal((25ul, link.Index), (gone.Stats.TxDropped, gone.Stats.Index));
        Assert.Equal([1, 2, 3, 4], _bench.Sink.Samples.Select(s => (int)s.SequenceNumber));
        Assert.Equal(TimeSpan.FromSeconds(45), _bench.Sink.Samples[2].Elapsed);
        (Exception error, string? device) = Assert.Single(_bench.Sink.Errors);
        Assert.Equal("tun0", device);
        Assert.Equal(ErrorKind.DeviceNotFound, Assert.IsType<TunStatsException>(error).Kind);
        Assert.Equal(29ul, _bench.Metric("tundev_txq_drops"));
        Assert.Equal(1ul, _bench.Metric("tunstats_device_up"));
    }

    [Fact]
    public void GoneDeviceKeepsItsTotals()
    {
        Kernel.Add("tun0").TxDropped = 10;
        _bench.Run(3, ["tun*"], _ => { if (Kernel.StatsRequests == 1) { Kernel.Remove("tun0"); } });

        Assert.Equal(10ul, _bench.Metric("tundev_txq_drops"));
        Assert.Equal(0ul, _bench.Metric("tunstats_device_up"));
        Assert.Empty(_bench.Sink.Errors);
    }

    [Fact]
    public void LiteralNameThatDoesNotExistIsAnErrorAndIsWaitedFor()
    {
        _bench.Run(4, ["tun0"], poll => { if (poll == 2) { Kernel.Add("tun0"); } });

        (Exception error, string? device) = Assert.Single(_bench.Sink.Errors);
        Assert.Equal("tun0", device);
        Assert.Equal(ErrorKind.DeviceNotFound, Assert.IsType<TunStatsException>(error).Kind);
        Assert.Equal(["tun0 First -", "tun0 None 0"], _bench.Story());
    }

    [Fact]
    public void WildcardWaitsInSilenceAndTakesWhatComes()
    {
        Kernel.Add("eth0", "ether");
        _bench.Run(4, ["tun*"], poll => Kernel.Add($"tun{poll}"));

        Assert.Empty(_bench.Sink.Errors);
        Assert.Equal(
            ["tun1 First -", "tun1 None 0", "tun2 First -", "tun1 None 0", "tun2 None 0", "tun3 First -"],
            _bench.Story());

        // One request while there is one device, dumps from then on; a device that just came makes a poll read once
        // more.
        Assert.Equal((2, 3), (Kernel.StatsRequests, Kernel.StatsDumps));
    }

    [Fact]
    public void WildcardFollowsARenamingWithItsTotals()
    {
        Kernel.Add("tun0").TxDropped = 100;
        _bench.Run(2, ["tun*"], _ =>
        {
            Kernel["tun0"].TxDropped = 103;
            Kernel.Rename("tun0", "tun9");
        });

        Assert.Equal(["tun0 First -", "tun9 None 3"], _bench.Story());
        Assert.Equal(2ul, _bench.Sink.Samples[1].SequenceNumber);
        Assert.Null(_bench.Metric("tundev_txq_drops", "tun0"));
        Assert.Equal(103ul, _bench.Metric("tundev_txq_drops", "tun9"));
    }

    [Fact]
    public void AlternativeNameIsFollowedThroughRenamings()
    {
        FakeLink link = Kernel.Add("tun0");
        link.AlternativeNames.Add("office");
        link.TxDropped = 100;
        _bench.Run(2, ["office"], _ =>
        {
            link.TxDropped = 103;
            Kernel.Rename("tun0", "tun9");
        });

        Assert.Equal(["office First -", "office None 3"], _bench.Story());
        Assert.Equal(103ul, _bench.Metric("tundev_txq_drops", "office"));
        Assert.Empty(_bench.Sink.Errors);
    }

    [Fact]
    public void AlternativeNameThatComesAndGoesIsADeviceThatDoes()
    {
        Kernel.Add("tun0").TxDropped = 100;
        _bench.Run(5, ["office"], poll =>
        {
            if (poll is 1 or 3)
            {
                Kernel.SetAlternativeNames("tun0", poll == 1 ? ["x", "office"] : ["x"]);
            }
        });

        Assert.Equal(["office First -", "office None 0", "office Gone 0"], _bench.Story());
        Assert.Equal(2, _bench.Sink.Errors.Count);
        Assert.Contains("tun0 (index 2) now has the alternative names x, office.", _bench.Sink.Events);
    }

    /// <summary>The name was there from the start, and is the only one: the event has no list of names.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LastAlternativeNameThatIsDeletedIsGone(bool afterLostEvents)
    {
        FakeLink link = Kernel.Add("tun0");
        link.AlternativeNames.Add("office");
        link.TxDropped = 100;
        _bench.Run(5, ["office"], poll =>
        {
            switch (poll)
            {
                case 1 when afterLostEvents:
                    Kernel.SetAlternativeNames("tun0", "x");
                    Kernel.LoseEvents();
                    break;
                case 2 when afterLostEvents:
                    Kernel.SetAlternativeNames("tun0", "office");
                    Kernel.LoseEvents();
                    break;
                case 3:
                    link.TxDropped = 103;
                    Kernel.SetAlternativeNames("tun0");
                    break;
            }
        });

        Assert.Equal("office Gone 3", _bench.Story().Last());
        Assert.Equal("office", _bench.Sink.Errors[^1].Device);
    }

    [Fact]
    public void DeviceOfTwoNamesThatWereGivenIsFollowedOnce()
    {
        Kernel.Add("tun0").AlternativeNames.Add("office");
        _bench.Run(2, ["office", "tun0"]);

        Assert.Equal(["tun0 First -", "tun0 None 0"], _bench.Story());
        Assert.Empty(_bench.Sink.Errors);
    }

    [Fact]
    public void LiteralNameThatADeviceLosesIsGone()
    {
        Kernel.Add("tun0").TxDropped = 100;
        _bench.Run(3, ["tun0"], poll =>
        {
            if (poll == 1)
            {
                Kernel["tun0"].TxDropped = 103;
                Kernel.Rename("tun0", "vpn0");
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Gone 3"], _bench.Story());
        Assert.Single(_bench.Sink.Errors);
        Assert.Equal(103ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void OldDeviceThatTakesTheNameBringsNoGiantIncrease()
    {
        Kernel.Add("tun0").TxDropped = 1;
        Kernel.Add("eth0", "ether").TxDropped = ulong.MaxValue - 100;
        _bench.Run(3, ["tun0"], poll =>
        {
            if (poll == 1)
            {
                Kernel.Remove("tun0");
                Kernel.Rename("eth0", "tun0");
                Kernel["tun0"].TxDropped += 8;
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Gone 0", "tun0 Reappeared 8", "tun0 None 0"], _bench.Story());
        Assert.Equal(9ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void DeviceThatGoesToAnotherNamespaceIsGoneAndBringsOnlyWhatItCountsHere()
    {
        FakeLink link = Kernel.Add("tun0");
        link.TxDropped = 100;
        _bench.Run(4, ["tun0"], poll =>
        {
            switch (poll)
            {
                case 1:
                    link.TxDropped = 110;
                    Kernel.Remove("tun0", elsewhere: true);
                    break;
                case 2:
                    link.TxDropped = 5000;
                    Kernel.Insert(link);
                    link.TxDropped = 5003;
                    break;
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Gone 10", "tun0 Reappeared 3", "tun0 None 0"], _bench.Story());
        Assert.Contains("tun0 (index 2) moved to another network namespace.", _bench.Sink.Events);
    }

    [Fact]
    public void LostEventsLeadToAListingThatFindsTheNewDevice()
    {
        Kernel.Add("tun0").TxDropped = 100;
        _bench.Run(3, ["tun0"], poll =>
        {
            if (poll == 1)
            {
                Kernel.Remove("tun0");
                Kernel.Add("tun0").TxDropped = 40;
                Kernel.LoseEvents();
            }
        });

        // The 40 may have been counted before, in a device that came from somewhere else.
        Assert.Equal(["tun0 First -", "tun0 Gone -", "tun0 Reset -", "tun0 None 0"], _bench.Story());
        Assert.Equal(2, Kernel.Listings);
        Assert.Equal(100ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void LostEventsDoNotDoubleTheCountsOfADeviceThatWasAway()
    {
        FakeLink link = Kernel.Add("tun0");
        link.TxDropped = 100;
        _bench.Run(5, ["tun0"], poll =>
        {
            link.TxDropped += 10;
            switch (poll)
            {
                case 1:
                    Kernel.Remove("tun0", elsewhere: true);
                    Kernel.LoseEvents();
                    break;
                case 2:
                    Kernel.Insert(link);
                    Kernel.LoseEvents();
                    break;
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Gone -", "tun0 Reset -", "tun0 None 10", "tun0 None 10"], _bench.Story());
        Assert.Equal(120ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void LostEventsDoNotDoubleTheCountsOfADeviceThatCameBackUnderAnotherIndex()
    {
        FakeLink link = Kernel.Add("tun0");
        link.TxDropped = 5000;
        _bench.Run(3, ["tun0"], poll =>
        {
            if (poll == 1)
            {
                Kernel.Remove("tun0", elsewhere: true);
                Kernel.Add("tun0", index: 77).TxDropped = 5004;
                Kernel.LoseEvents();
            }
            else
            {
                Kernel["tun0"].TxDropped += 3;
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Gone -", "tun0 Reset -", "tun0 None 3"], _bench.Story());
        Assert.Equal(5003ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void LostEventsKeepTheBaselineOfADeviceThatStayed()
    {
        FakeLink link = Kernel.Add("tun0");
        link.TxDropped = 100;
        _bench.Run(3, ["tun0"], _ =>
        {
            link.TxDropped += 10;
            Kernel.LoseEvents();
        });

        Assert.Equal(["tun0 First -", "tun0 None 10", "tun0 None 10"], _bench.Story());
        Assert.Equal(120ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void ListingThatWasInterruptedTakesNoDeviceAwayThatItLacks()
    {
        FakeLink link = Kernel.Add("tun0");
        Kernel.Add("tun1");
        link.TxDropped = 100;
        _bench.Run(3, ["tun*"], poll =>
        {
            link.TxDropped += 10;
            Kernel.InterruptedWithout = poll == 1 ? "tun0" : null;
            Kernel.LoseEvents();
        });

        Assert.Equal(
            ["tun0 First -", "tun0 None 10", "tun0 None 10"],
            _bench.Story().Where(s => s.StartsWith("tun0", StringComparison.Ordinal)));
        Assert.Equal(120ul, _bench.Metric("tundev_txq_drops"));
    }

    [Fact]
    public void DeviceWhoseEventNeverCameIsFoundByAListing()
    {
        Kernel.Add("tun0");
        Kernel.Add("tun1");
        _bench.Run(3, ["tun0", "tun1"], poll =>
        {
            if (poll == 1)
            {
                Kernel.Remove("tun1", silently: true);
                Kernel.Add("tun1", silently: true).TxDropped = 9;
            }
        });

        Assert.Equal("tun1 Reset -", _bench.Story().ElementAt(4));
        Assert.Empty(_bench.Sink.Errors);
    }

    [Fact]
    public void ErrorsAreReportedOncePerChangeAndPollingGoesOn()
    {
        FakeLink link = Kernel.Add("tun0");
        _bench.Run(9, ["tun0"], poll =>
        {
            link.TxDropped += 1;
            link.Errno = poll is >= 1 and <= 3 ? (int)Errno.EPERM : poll is 4 or 5 ? (int)Errno.ENOMEM : 0;
        });

        Assert.Equal([Errno.EPERM, Errno.ENOMEM],
            _bench.Sink.Errors.Select(e => Assert.IsType<NetlinkException>(e.Error).Errno));
        Assert.All(_bench.Sink.Errors, e => Assert.Null(e.Device));
        Assert.Equal(["tun0 First -", "tun0 Error -", "tun0 None 6", "tun0 None 1", "tun0 None 1"], _bench.Story());
        Assert.Contains("Operation not permitted", _bench.Sink.Samples[1].Error, StringComparison.Ordinal);
        Assert.Equal(0ul, _bench.Sink.Samples[1].Stats.TxDropped);
        Assert.Equal(2, Kernel.OpenSockets + Kernel.Sockets.Count(s => s.IsDisposed));
    }

    [Fact]
    public void FailedPollIsTriedAgainWithinTheIntervalAndLaterLessOften()
    {
        Kernel.Add("tun0");
        for (int i = 0; i < 6; i++)
        {
            Kernel.OpenErrors.Enqueue(new NetlinkException(ErrorKind.NetlinkFailed, "none left", Errno.EMFILE, null));
        }

        List<double> waits = [];
        _bench.Clock.Leap = wait =>
        {
            waits.Add(wait.TotalSeconds);
            return wait;
        };
        using LinkPoller poller = _bench.Create(["tun0"], maxPolls: 4);
        poller.Run(CancellationToken.None);

        // Tried again after an eighth, a quarter and half of the interval; then at the beats alone.
        Assert.Equal([1.875, 3.75, 7.5, 1.875, 15, 15], waits);
        Assert.Single(_bench.Sink.Errors);
        Assert.Equal(["tun0 First -"], _bench.Story());
    }

    [Fact]
    public void SocketThatBreaksIsOpenedAgain()
    {
        FakeLink link = Kernel.Add("tun0");
        _bench.Run(3, ["tun0"], poll =>
        {
            link.TxDropped += 5;
            if (poll == 1)
            {
                Kernel.SendErrors.Enqueue(new NetlinkException(ErrorKind.NetlinkFailed, "broken", Errno.EBADF, null));
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Error -", "tun0 None 10"], _bench.Story());
        Assert.Equal(3, Kernel.Sockets.Count);
        Assert.Equal(0, Kernel.OpenSockets);
    }

    [Fact]
    public void BrokenEventSocketLeadsToAListing()
    {
        FakeLink link = Kernel.Add("tun0");
        _bench.Run(4, ["tun0"], poll =>
        {
            link.TxDropped += 5;
            if (poll == 1)
            {
                Kernel.Sockets.Single(s => s.Listens).ReceiveErrors
                    .Enqueue(new NetlinkException(ErrorKind.NetlinkFailed, "broken", Errno.EBADF, null));
            }
        });

        Assert.Equal(["tun0 First -", "tun0 Error -", "tun0 None 10", "tun0 None 5"], _bench.Story());
        Assert.Equal(2, Kernel.Listings);
    }

    [Fact]
    public void ManyDevicesAreReadWithOneDump()
    {
        for (int i = 0; i < 500; i++)
        {
            Kernel.Add($"tun{i}");
        }

        _bench.Run(3, ["tun*"]);

        Assert.Equal(1500, _bench.Sink.Samples.Count);
        Assert.Equal((0, 3, 1), (Kernel.StatsRequests, Kernel.StatsDumps, Kernel.Listings));
    }

    [Fact]
    public void DevicesThatCameAndWentUnreadLeaveNothing()
    {
        _bench.Run(50, ["veth*"], poll =>
        {
            for (int i = 0; i < 10; i++)
            {
                Kernel.Add($"veth{poll}x{i}");
                Kernel.Remove($"veth{poll}x{i}");
            }
        });

        Assert.Empty(_bench.Sink.Samples);
        Assert.Null(_bench.Metric("tundev_txq_drops", "veth1x0"));
    }

    [Fact]
    public void WildcardForgetsTheTotalsOfThoseThatWentFirstWhereTheyAreTooMany()
    {
        _bench.Run(6, ["veth*"], poll =>
        {
            if (poll % 2 == 1)
            {
                for (int i = 0; i < 3000; i++)
                {
                    Kernel.Add($"veth{poll}x{i}");
                }
            }
            else
            {
                for (int i = 0; i < 3000; i++)
                {
                    Kernel.Remove($"veth{poll - 1}x{i}");
                }
            }
        });

        Assert.Contains("dropped", Assert.Single(_bench.Sink.Warnings), StringComparison.Ordinal);
        Assert.NotNull(_bench.Metric("tundev_txq_drops", "veth3x2999"));
    }
}
