using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Netlink;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>The kernel's own behaviour, read through the core.</summary>
public sealed class LiveStatsTests
{
    [LiveFact]
    public void TunDeviceWithoutReaderDropsWhatItsQueueOf500DoesNotHold()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using NetworkNamespace there = space.Open();
        using LinkClient client = LinkClient.Open(there);

        space.Run(() => tunnel.Send(2000));

        RtnlLinkStats64 stats = client.GetStats("tun0");
        Assert.Equal(("tun0", "tun"), (stats.Name, stats.Kind));
        Assert.Equal((1500ul, 0ul), (stats.TxDropped, stats.TxPackets));

        byte[] packet = new byte[2048];
        ulong bytes = 0;
        for (int i = 0; i < 500; i++)
        {
            bytes += (ulong)tunnel.Device.Read(packet);
        }

        stats = client.GetStats("tun0");
        Assert.Equal((500ul, bytes, 1500ul), (stats.TxPackets, stats.TxBytes, stats.TxDropped));
    }

    [LiveFact]
    public void DeviceMadeAgainHasAnotherIndexAndFreshCounters()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using NetworkNamespace there = space.Open();
        using LinkClient client = LinkClient.Open(there);
        int first;
        using (LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links)))
        {
            space.Run(() => tunnel.Send(600));
            first = client.GetStats("tun0").Index;
            Assert.Equal(100ul, client.ReadCounters(first).TxDropped);
        }

        Assert.Equal(ErrorKind.DeviceNotFound, Assert.Throws<TunStatsException>(() => client.ReadCounters(first)).Kind);
        Assert.Equal(ErrorKind.DeviceNotFound, Assert.Throws<TunStatsException>(() => client.GetStats("tun0")).Kind);

        using LabTunnel again = space.Run(() => LabTunnel.Open("tun0", links));
        RtnlLinkStats64 stats = client.GetStats("tun0");
        Assert.NotEqual(first, stats.Index);
        Assert.Equal(0ul, stats.TxDropped);
    }

    [LiveFact]
    public void ThousandDevicesComeInOneDump()
    {
        const int Pairs = 500;
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        for (int i = 0; i < Pairs; i++)
        {
            links.AddVeth($"a{i}", $"b{i}");
        }

        using NetworkNamespace there = space.Open();
        using LinkClient client = LinkClient.Open(there);

        LinkList<RtnlLinkStats64> all = client.ListStats(link => link.Kind == "veth");

        Assert.Equal(DumpOutcome.Consistent, all.Outcome);
        Assert.Equal(
            Enumerable.Range(0, Pairs).SelectMany(i => new[] { $"a{i}", $"b{i}" }).Order(),
            all.Items.Select(s => s.Name).Order());
    }

    [LiveFact]
    public void LinkIsDescribedAsTheKernelKnowsIt()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("v0", "v1");
        links.SetUp("v0");
        using NetworkNamespace there = space.Open();
        using LinkClient client = LinkClient.Open(there);

        LinkInfo link = client.GetLink("v0");

        Assert.Equal(("veth", 1500u, 1000u), (link.Kind, link.Mtu, link.TxQueueLength));
        Assert.Equal("noqueue", link.Qdisc);
        Assert.True(link.Flags.HasFlag(LinkFlags.Up) && !link.Flags.HasFlag(LinkFlags.LowerUp));
        Assert.Equal(OperationalState.LowerLayerDown, link.OperationalState);
        Assert.Equal(link.Index, client.GetLink(link.Index).Index);
        Assert.False(link.IsTunnel);
    }

    [LiveFact]
    public void OtherNamespaceIsReadWhileEveryThreadStays()
    {
        string before = OwnNamespace();
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("only-there", "its-peer");

        for (int i = 0; i < 50; i++)
        {
            using NetworkNamespace there = space.Open();
            using LinkClient client = LinkClient.Open(there);
            Assert.Equal("only-there", client.GetLink("only-there").Name);
        }

        using LinkClient here = LinkClient.Open();
        Assert.Throws<TunStatsException>(() => here.GetLink("only-there"));
        Assert.Equal(before, OwnNamespace());
    }

    [LiveFact]
    public void IndexThatIsNotThereIsNamed()
    {
        using LinkClient client = LinkClient.Open();
        TunStatsException error = Assert.Throws<TunStatsException>(() => client.ReadCounters(int.MaxValue));
        Assert.Equal(ErrorKind.DeviceNotFound, error.Kind);
    }

    [Fact]
    public void WaitEndsAtOnceWhenItIsCancelled()
    {
        using NetlinkSocket socket = NetlinkSocket.Open(protocol: 0);
        using var source = new CancellationTokenSource();
        using var waiting = new ManualResetEventSlim();
        Exception? error = null;
        var thread = new Thread(() =>
        {
            waiting.Set();
            error = Record.Exception(() => socket.Receive(new byte[64], Timeout.InfiniteTimeSpan, source.Token));
        });
        thread.Start();
        waiting.Wait();
        source.Cancel();

        Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "The wait did not end.");
        Assert.IsAssignableFrom<OperationCanceledException>(error);
        Assert.Equal(-1, socket.Receive(new byte[64], TimeSpan.FromMilliseconds(1), CancellationToken.None));
    }

    [Theory]
    [InlineData("no-such-name", ErrorKind.NetworkNamespaceNotFound)]
    [InlineData("/no/such/path", ErrorKind.NetworkNamespaceNotFound)]
    [InlineData("4194305", ErrorKind.NetworkNamespaceNotFound)]
    [InlineData("", ErrorKind.NetworkNamespaceNotFound)]
    [InlineData("..", ErrorKind.NetworkNamespaceNotFound)]
    public void NamespaceThatIsNotThereIsNamed(string text, ErrorKind kind)
    {
        TunStatsException error = Assert.Throws<TunStatsException>(() => NetworkNamespace.Open(text));
        Assert.Equal((kind, text), (error.Kind, error.Input));
    }

    [Fact]
    public async Task PipeIsNoNamespaceAndIsNotWaitedFor()
    {
        string path = Path.Combine(Path.GetTempPath(), $"tunstats-{Guid.NewGuid():n}");
        using (Process make = Process.Start("mkfifo", path))
        {
            await make.WaitForExitAsync();
        }

        try
        {
            TunStatsException error = await Assert.ThrowsAsync<TunStatsException>(
                () => Task.Run(() => NetworkNamespace.Open(path)).WaitAsync(TimeSpan.FromSeconds(60)));
            Assert.Equal(ErrorKind.NotANetworkNamespace, error.Kind);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [LiveFact]
    public void FileThatIsNoNamespaceIsNamed()
    {
        string file = Path.GetTempFileName();
        try
        {
            using NetworkNamespace space = NetworkNamespace.Open(file);
            TunStatsException error =
                Assert.Throws<TunStatsException>(() => LinkClient.Open(space));
            Assert.Equal(ErrorKind.NotANetworkNamespace, error.Kind);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string OwnNamespace() => string.Join(
        ',',
        Directory.GetDirectories("/proc/self/task")
            .Select(t => new FileInfo($"{t}/ns/net").LinkTarget)
            .Distinct()
            .Where(t => t == new FileInfo("/proc/self/ns/net").LinkTarget));
}
