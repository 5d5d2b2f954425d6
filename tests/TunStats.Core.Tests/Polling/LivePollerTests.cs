using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>A poller over this kernel.</summary>
public sealed class LivePollerTests
{
    [LiveFact]
    public void DeviceMadeAgainTenTimesLosesNoDrop()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        var sink = new RecordingSink();
        var options = new LinkPollerOptions { Names = ["tun0"], NetworkNamespace = space.Path };
        using var poller = new LinkPoller(options, sink);
        ulong caused = 0;
        for (int life = 1; life <= 10; life++)
        {
            using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
            for (int burst = 0; burst < 3; burst++)
            {
                space.Run(() => tunnel.Send(500 + (life * 10)));
                poller.Poll(CancellationToken.None);
            }

            // The queue holds 500; all that came after them was dropped.
            caused += (ulong)((3 * (500 + (life * 10))) - 500);
        }

        poller.Poll(CancellationToken.None);
        Assert.Equal(caused, poller.Devices.Single().TxDroppedTotal);
        Assert.Equal(9, sink.Samples.Count(s => s.Event == LinkSampleEvent.Reappeared));
        Assert.Equal(10, sink.Samples.Count(s => s.Event == LinkSampleEvent.Gone));
    }

    /// <summary>Also not what is dropped between the last poll and the deletion: the event reports it.</summary>
    [LiveFact]
    public async Task DeviceUnderLoadMadeAgainTenTimesWhileItIsPolledLosesNoDropAtAll()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using var stop = new CancellationTokenSource();
        var sink = new RecordingSink();
        var options = new LinkPollerOptions
        {
            Names = ["tun0"],
            NetworkNamespace = space.Path,
            Interval = TimeSpan.FromMilliseconds(100),
        };
        using var poller = new LinkPoller(options, sink);
        LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        Task run = Task.Run(() => poller.Run(stop.Token));
        ulong caused = 0;
        for (int life = 1; life <= 10; life++)
        {
            // The device lives for some three beats, and ends at any time between two of them.
            for (int burst = 0; burst < 30; burst++)
            {
                space.Run(() => tunnel.Send(40 + life));
                await Task.Delay(10);
            }

            caused += (ulong)((30 * (40 + life)) - 500);
            tunnel.Dispose();
            if (life < 10)
            {
                tunnel = space.Run(() => LabTunnel.Open("tun0", links));
            }
        }

        await Task.Delay(300);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal(caused, poller.Devices.Single().TxDroppedTotal);
        Assert.Equal(LinkSampleEvent.First, sink.Samples[0].Event);
        Assert.Equal(
            caused,
            sink.Samples.Aggregate(sink.Samples[0].Stats.TxDropped, (sum, s) => sum + (s.Increase?.TxDropped ?? 0)));
        Assert.Equal(10, sink.Samples.Count(s => s.Event == LinkSampleEvent.Gone));
    }

    [LiveFact]
    public void DeviceIsFollowedWhenItIsRenamedAndLostWhenItIsMovedAway()
    {
        using var space = new PrivateNamespace();
        using var elsewhere = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("v0", "peer");
        var sink = new RecordingSink();
        using var poller = new LinkPoller(
            new LinkPollerOptions { Names = ["v*"], NetworkNamespace = space.Path }, sink);
        poller.Poll(CancellationToken.None);
        links.Rename("v0", "v1");
        poller.Poll(CancellationToken.None);
        links.Move("v1", elsewhere);
        poller.Poll(CancellationToken.None);

        Assert.Equal(["v0", "v1", "v1"], sink.Samples.Select(s => s.Name));
        Assert.Equal(
            [LinkSampleEvent.First, LinkSampleEvent.None, LinkSampleEvent.Gone],
            sink.Samples.Select(s => s.Event));
    }

    /// <summary>Also with a day between polls; the old namespace ends, with the other end of its veth.</summary>
    [LiveFact]
    public async Task NameThatStandsForAnotherNamespaceIsFollowedAndTheOldOneEnds()
    {
        using var host = new PrivateNamespace();
        using LabLinks hostLinks = host.OpenLinks();
        using var next = new PrivateNamespace();
        using LabLinks nextLinks = next.OpenLinks();
        nextLinks.AddVeth("eth0", "other");
        var container = new PrivateNamespace();
        using (LabLinks links = container.OpenLinks())
        {
            links.AddVeth("eth0", "outside");
            links.Move("outside", host);
        }

        string folder = Directory.CreateTempSubdirectory("tunstats-netns-").FullName;
        string name = Path.Combine(folder, "container");
        File.CreateSymbolicLink(name, container.Path);
        var sink = new RecordingSink();
        var options = new LinkPollerOptions
        {
            Names = ["eth0"],
            NetworkNamespace = name,
            Interval = TimeSpan.FromDays(1),
        };
        using var stop = new CancellationTokenSource();
        using var poller = new LinkPoller(options, sink);
        Task run = Task.Run(() => poller.Run(stop.Token));
        await UntilAsync(() => sink.Samples.Count == 1);

        container.Dispose();
        File.Delete(name);
        File.CreateSymbolicLink(name, next.Path);
        await UntilAsync(() => hostLinks.Count == 1);
        await UntilAsync(() => sink.Samples.Count == 3);
        File.Delete(name);
        await UntilAsync(() => sink.Errors.Count == 1);
        File.CreateSymbolicLink(name, next.Path);
        await UntilAsync(() => sink.Samples.Count == 5);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.Equal(
            [LinkSampleEvent.First, LinkSampleEvent.Gone, LinkSampleEvent.Reset, LinkSampleEvent.Gone,
                LinkSampleEvent.Reset],
            sink.Samples.Select(s => s.Event));
        Assert.All(sink.Samples, s => Assert.Null(s.Increase));
        Assert.Contains("another network namespace now", Assert.Single(sink.Warnings), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [LiveFact]
    public void FiveHundredDevicesAreOneWildcard()
    {
        const int Pairs = 500;
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        for (int i = 0; i < Pairs; i++)
        {
            links.AddVeth($"a{i}", $"b{i}");
        }

        var sink = new RecordingSink();
        using var poller = new LinkPoller(
            new LinkPollerOptions { Names = ["a*"], NetworkNamespace = space.Path }, sink);
        poller.Poll(CancellationToken.None);
        poller.Poll(CancellationToken.None);
        Assert.Equal(2 * Pairs, sink.Samples.Count);
        Assert.Empty(sink.Errors);
    }

    [LiveFact]
    public void PollWhoseSampleNobodyTakesAllocatesNothing()
    {
        var sink = new RecordingSink { WantsSamples = false };
        using var poller = new LinkPoller(new LinkPollerOptions { Names = ["lo"] }, sink);
        using var many = new LinkPoller(new LinkPollerOptions { Names = ["*"] }, sink);
        for (int i = 0; i < 100; i++)
        {
            poller.Poll(CancellationToken.None);
            many.Poll(CancellationToken.None);
        }

        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                poller.Poll(CancellationToken.None);
                many.Poll(CancellationToken.None);
            }
        }));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
