using System;
using System.Diagnostics;
using System.IO;
using System.IO.Pipes;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Peers;
using TunStats.Tests.Fakes;
using TunStats.Tests.Peers;
using Xunit;

namespace TunStats.Tests.Classes;

public sealed class ClassifierSourceTests
{
    /// <summary>Nodes that are given decide, with what the tunnel carries by them.</summary>
    [Fact]
    public void GivenNodesDecide()
    {
        using var server = new TailscaleServer { Status = TailscaleServer.Recorded("status-b-after.json") };
        using TailscaleSource tailscaled = server.Open();
        TunPeerSnapshot peers = tailscaled.Read()!;

        using var source = ClassifierSource.Open(
            new ClassifierOptions { Nodes = peers.ToNodeMap(), NodeRoutes = peers.ToRouteSet() });

        IpAddr peer = IpAddr.Parse("100.64.0.1");
        Assert.Equal("tslab-a.lab.ts.net", source.Current.Nodes!.Find(peer)!.Name);
        Assert.Equal(FlowClass.Subnet, source.Current.Classify(IpAddr.Parse("192.168.50.10"), peer).Class);
        Assert.Equal(FlowClass.Exit, source.Current.Classify(IpAddr.Parse("198.51.100.10"), peer).Class);
    }

    [Fact]
    public void WhatIsGivenDecidesBeforeFilesAndFilesBeforeDevices()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "subnet 10.1.0.0/16\nlocal 10.2.0.1\n");
            var feed = new FakeRouteFeed("10.1.0.0/16", "10.2.0.1/32", "10.3.0.0/16");
            var options = new ClassifierOptions { Routes = ["10.1.0.0/16"], RouteFiles = [file] };
            using ClassifierSource source = ClassifierSource.Of(options, feed);
            Assert.Equal("given as route", OriginOf(source, "10.1.2.3"));
            Assert.Equal($"{file}:2", OriginOf(source, "10.2.0.1"));
            Assert.Equal("feed", OriginOf(source, "10.3.0.1"));
            Assert.Equal(6, source.Current.Routes.Routes.Count);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void ChangeMakesAnotherClassifierAndLeavesTheOldOne()
    {
        var feed = new FakeRouteFeed("10.1.0.0/16");
        using ClassifierSource source = ClassifierSource.Of(new ClassifierOptions(), feed);
        FlowClassifier before = source.Current;
        Assert.False(source.Refresh());
        Assert.Same(before, source.Current);

        feed.Change("10.2.0.0/16");

        Assert.True(source.Refresh());
        Assert.Equal(AddressClass.Outside, source.Current.Classify(IpAddr.Parse("10.1.0.1")).Class);
        Assert.Equal(AddressClass.Subnet, source.Current.Classify(IpAddr.Parse("10.2.0.1")).Class);
        Assert.Equal(AddressClass.Subnet, before.Classify(IpAddr.Parse("10.1.0.1")).Class);
    }

    [Fact]
    public void OwnSubnetsAreAnOverlay()
    {
        var feed = new FakeRouteFeed("10.8.0.1/24", "10.8.0.0/24", "192.168.0.0/16");
        using ClassifierSource source = ClassifierSource.Of(new ClassifierOptions { Overlay = ["device"] }, feed);
        Assert.Equal(AddressClass.Tunnel, source.Current.Classify(IpAddr.Parse("10.8.0.9")).Class);
        Assert.Equal(AddressClass.Subnet, source.Current.Classify(IpAddr.Parse("192.168.0.9")).Class);
        FlowVerdict verdict = source.Current.Classify(IpAddr.Parse("10.8.0.1"), IpAddr.Parse("10.8.0.2"));
        Assert.Equal(FlowClass.Virtual, verdict.Class);
    }

    [Fact]
    public void WhatIsGivenIsReplacedFromThatInstantOn()
    {
        var clock = new ManualTimeProvider();
        var feed = new FakeRouteFeed("10.8.0.1/24", "10.8.0.0/24", "10.3.0.0/16");
        using ClassifierSource source = ClassifierSource.Of(
            new ClassifierOptions { Routes = ["10.1.0.0/16"], Overlay = ["10.1.0.0/16"] }, clock, feed);
        source.Watch();
        long before = clock.GetTimestamp();
        clock.Advance(TimeSpan.FromSeconds(1));

        source.Replace(Given(new ClassifierOptions { Routes = ["10.2.0.0/16"] }));
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(
            [AddressClass.Tunnel, AddressClass.Outside, AddressClass.Subnet],
            Classes(source.AtTimestamp(before), "10.1.0.1", "10.2.0.1", "10.8.0.2"));
        Assert.Equal(
            [AddressClass.Outside, AddressClass.Subnet, AddressClass.Tunnel],
            Classes(source.Current, "10.1.0.1", "10.2.0.1", "10.8.0.2"));

        static GivenRoutes Given(ClassifierOptions options) => GivenRoutes.Read(options, TimeProvider.System, default);

        static AddressClass[] Classes(FlowClassifier classifier, params string[] addresses) =>
            [.. addresses.Select(address => classifier.Classify(IpAddr.Parse(address)).Class)];
    }

    [Fact]
    public void WhatCannotBeGivenLeavesWhatWasGiven()
    {
        using ClassifierSource source = ClassifierSource.Of(
            new ClassifierOptions { Routes = ["10.1.0.0/16"] }, new FakeRouteFeed("10.3.0.0/16"));
        FlowClassifier before = source.Current;
        GivenRoutes given = GivenRoutes.Read(
            new ClassifierOptions { Overlay = ["device"] }, TimeProvider.System, default);

        Assert.Equal(
            ErrorKind.NoOwnSubnets,
            Assert.Throws<TunStatsException>(() => source.Replace(given)).Kind);
        Assert.Same(before, source.Current);
        Assert.False(source.Refresh());
    }

    [Fact]
    public void OverlayIsWhatTheDeviceHas()
    {
        Check("100.64.0.1/32 100.64.0.2/32 10.8.0.0/24", new ClassifierOptions(), "100.64.0.2", "10.8.0.9");
        Check("10.8.0.1/24 10.8.0.0/24 192.168.0.0/16", new ClassifierOptions(), "10.8.0.9", "192.168.0.9");
        Check("fd00:8::1/64 fd00:8::/64 fd00:9::/64", new ClassifierOptions(), "fd00:8::9", "fd00:9::9");
        Check(
            "10.8.0.1/24 10.8.0.0/24 192.168.0.0/16",
            new ClassifierOptions { Overlay = ["192.168.0.0/16"] },
            "192.168.0.9",
            "10.8.0.9");

        // Without a device, the addresses that are given.
        Check("", new ClassifierOptions { LocalAddresses = ["10.8.0.1"], Routes = ["10.8.0.0/24", "10.9.0.0/24"] },
            "10.8.0.9", "10.9.0.9");
        Check("", new ClassifierOptions { Routes = ["100.64.0.0/10", "10.9.0.0/24"] }, "100.64.0.9", "10.9.0.9");

        static void Check(string prefixes, ClassifierOptions options, string tunnel, string subnet)
        {
            using ClassifierSource source = ClassifierSource.Of(
                options, prefixes.Length == 0 ? [] : [new FakeRouteFeed(prefixes.Split(' '))]);
            Assert.Equal(AddressClass.Tunnel, source.Current.Classify(IpAddr.Parse(tunnel)).Class);
            Assert.Equal(AddressClass.Subnet, source.Current.Classify(IpAddr.Parse(subnet)).Class);
        }
    }

    [Fact]
    public void EachDeviceBringsItsOverlay()
    {
        using ClassifierSource source = ClassifierSource.Of(
            new ClassifierOptions(),
            new FakeRouteFeed("100.64.0.1/32", "100.64.0.2/32"),
            new FakeRouteFeed("10.8.0.1/24", "10.8.0.0/24", "10.1.0.0/24"));
        Assert.Equal(
            [AddressClass.Tunnel, AddressClass.Tunnel, AddressClass.Subnet],
            new[] { "100.64.0.2", "10.8.0.9", "10.1.0.1" }
                .Select(text => source.Current.Classify(IpAddr.Parse(text)).Class));
    }

    [Theory]
    [InlineData("10.0.0.0/33", "above 32")]
    [InlineData("010.0.0.1", "octal")]
    [InlineData("fe80::1%eth0/64", "zone")]
    [InlineData("", "empty")]
    public void TextThatIsNoPrefixIsNamedWithTheReason(string text, string reason)
    {
        foreach (ClassifierOptions options in new[]
        {
            new ClassifierOptions { Routes = [text] },
            new ClassifierOptions { LocalAddresses = [text] },
            new ClassifierOptions { Overlay = [text] },
        })
        {
            TunStatsException error = Assert.Throws<TunStatsException>(() => ClassifierSource.Open(options));
            Assert.Equal(ErrorKind.InvalidPrefix, error.Kind);
            Assert.Equal(text, error.Input);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FileThatCannotBeReadIsNamed()
    {
        Assert.Equal(ErrorKind.RouteFileNotFound, Refusal("/proc/self/no-such-file"));
        Assert.Equal(ErrorKind.RouteFileUnreadable, Refusal("/proc/self"));
        Assert.Equal(ErrorKind.InvalidRouteFile, Refusal("/proc/self/stat"));

        static ErrorKind Refusal(string path) => Assert.Throws<TunStatsException>(
            () => ClassifierSource.Open(new ClassifierOptions { RouteFiles = [path] })).Kind;
    }

    /// <summary>A pipe that a shell hands over is read; one that nobody writes to holds nothing up.</summary>
    [Fact]
    public async Task PipeIsReadAndOneThatNobodyWritesToIsRefused()
    {
        string path = Path.Combine(Path.GetTempPath(), $"tunstats-{Guid.NewGuid():n}");
        using (Process make = Process.Start("mkfifo", path))
        {
            await make.WaitForExitAsync();
        }

        try
        {
            var options = new ClassifierOptions { RouteFiles = [path] };
            TunStatsException error = await Assert.ThrowsAsync<TunStatsException>(
                () => Task.Run(() => ClassifierSource.Open(options)).WaitAsync(TimeSpan.FromSeconds(60)));
            Assert.Contains("a pipe without a writer", error.Message, StringComparison.Ordinal);

            // Opened for both, so that neither end waits for the other.
            using FileStream writer = new(path, FileMode.Open, FileAccess.ReadWrite);
            using var stop = new CancellationTokenSource();
            Task waiting = Task.Run(() => ClassifierSource.Open(options, cancellationToken: stop.Token));
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(60)));

            // As a shell hands it over; the writer has ended already.
            using var shell = new AnonymousPipeServerStream(PipeDirection.In);
            using (var text = new AnonymousPipeClientStream(PipeDirection.Out, shell.ClientSafePipeHandle))
            {
                await text.WriteAsync("10.0.0.0/8\n"u8.ToArray());
            }

            string there = $"/proc/self/fd/{shell.SafePipeHandle.DangerousGetHandle()}";
            using var source = ClassifierSource.Open(new ClassifierOptions { RouteFiles = [there] });
            Assert.Equal("10.0.0.0/8", source.Current.Routes.Routes.Single().Prefix.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void RoutesThatMayLackOneAreReported()
    {
        using ClassifierSource source = ClassifierSource.Of(
            new ClassifierOptions(),
            new FakeRouteFeed("10.0.0.0/8"),
            new FakeRouteFeed("10.1.0.0/16") { IsCurrent = false });
        Assert.False(source.IsCurrent);
    }

    [Fact]
    public void FeedsAreClosedWithTheSource()
    {
        var feed = new FakeRouteFeed("10.0.0.0/8");
        ClassifierSource.Of(new ClassifierOptions(), feed).Dispose();
        Assert.True(feed.IsDisposed);
    }

    private static string OriginOf(ClassifierSource source, string address) =>
        source.Current.Classify(IpAddr.Parse(address)).Route!.Origin;
}
