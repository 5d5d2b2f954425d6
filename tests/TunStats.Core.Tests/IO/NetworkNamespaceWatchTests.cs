using System;
using System.IO;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Tests.Live;
using Xunit;
using static TunStats.IO.NetworkNamespaceChange;

namespace TunStats.Tests.IO;

public sealed class NetworkNamespaceWatchTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-netns-");

    private string Name => Path.Combine(_directory.FullName, "blue");

    public void Dispose() => _directory.Delete(recursive: true);

    [LiveFact]
    public void NameThatStandsForAnotherNamespaceIsNoticedAndFollowed()
    {
        using var first = new PrivateNamespace();
        using var second = new PrivateNamespace();
        File.CreateSymbolicLink(Name, first.Path);
        using var watch = new NetworkNamespaceWatch(Name);
        Assert.Equal(None, watch.Check());
        NetworkNamespace before = watch.Open();
        Assert.Same(before, watch.Open());
        Assert.Equal(None, watch.Check());

        File.Delete(Name);
        File.CreateSymbolicLink(Name, second.Path);
        Assert.Equal(Replaced, watch.Check());
        Assert.Equal(Replaced, watch.Check());
        watch.Release();
        using NetworkNamespace expected = second.Open();
        Assert.Equal(expected.Identity, watch.Open().Identity);
        Assert.Equal(None, watch.Check());
    }

    [LiveFact]
    public void NameThatGoesAndReturnsIsNoticed()
    {
        using var space = new PrivateNamespace();
        File.CreateSymbolicLink(Name, space.Path);
        using var watch = new NetworkNamespaceWatch(Name);
        watch.Open();

        File.Delete(Name);
        Assert.Equal(Gone, watch.Check());
        watch.Release();
        Assert.Equal(None, watch.Check());
        TunStatsException e = Assert.Throws<TunStatsException>(watch.Open);
        Assert.Equal(ErrorKind.NetworkNamespaceNotFound, e.Kind);

        File.CreateSymbolicLink(Name, space.Path);
        Assert.Equal(Returned, watch.Check());
        watch.Open();
        Assert.Equal(None, watch.Check());
    }

    /// <summary>'ip netns del' unmounts the namespace first: for a moment the name is a plain file.</summary>
    [LiveFact]
    public void PlainFileInItsPlaceIsNoNamespace()
    {
        using var space = new PrivateNamespace();
        File.CreateSymbolicLink(Name, space.Path);
        using var watch = new NetworkNamespaceWatch(Name);
        watch.Open();

        File.Delete(Name);
        File.WriteAllText(Name, "");
        Assert.Equal(Gone, watch.Check());
        watch.Release();
        Assert.Equal(None, watch.Check());
        TunStatsException e = Assert.Throws<TunStatsException>(watch.Open);
        Assert.Equal(ErrorKind.NetworkNamespaceNotFound, e.Kind);
        Assert.Equal(None, watch.Check());

        File.Delete(Name);
        File.CreateSymbolicLink(Name, space.Path);
        Assert.Equal(Returned, watch.Check());
        watch.Open();
    }

    [LiveFact]
    public void ReusedProcessIdIsNotFollowed()
    {
        using var space = new PrivateNamespace();
        using var other = new PrivateNamespace();
        string root = _directory.FullName + "/";
        StartProcess(root, 4242, "one", start: 1000, space);
        using var watch = new NetworkNamespaceWatch("4242", root + "4242/ns/net", root);
        watch.Open();
        Assert.Equal(None, watch.Check());

        // The same process may enter another namespace, which is followed.
        StartProcess(root, 4242, "one) R (", start: 1000, other);
        Assert.Equal(Replaced, watch.Check());
        watch.Release();
        watch.Open();

        StartProcess(root, 4242, "two", start: 2000, other);
        Assert.Equal(Gone, watch.Check());
        watch.Release();
        TunStatsException e = Assert.Throws<TunStatsException>(watch.Open);
        Assert.Equal(ErrorKind.NetworkNamespaceNotFound, e.Kind);
        Assert.Contains("another process has its id", e.Message, StringComparison.Ordinal);
        Assert.Equal(None, watch.Check());
    }

    [LiveFact]
    public void ProcessOfThisMachineIsWatched()
    {
        using var watch = new NetworkNamespaceWatch($"{Environment.ProcessId}");
        watch.Open();

        Assert.Equal(None, watch.Check());
    }

    /// <summary>A process as /proc shows it.</summary>
    private static void StartProcess(string root, int id, string program, int start, PrivateNamespace space)
    {
        string own = $"{root}{id}";
        Directory.CreateDirectory($"{own}/ns");
        File.WriteAllText(
            $"{own}/stat", $"{id} ({program}) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 {start} 1 1 1\n");
        File.Delete($"{own}/ns/net");
        File.CreateSymbolicLink($"{own}/ns/net", space.Path);
    }
}
