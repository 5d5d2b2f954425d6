using System;
using System.Net;
using System.Threading;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>Classes follow the kernel's routes as they change, and the past keeps those of its time.</summary>
public sealed class LiveClassifierTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly IpAddr Own = IpAddr.Parse("10.8.0.1");
    private static readonly IpAddr Peer = IpAddr.Parse("10.8.0.2");
    private static readonly IpAddr Host = IpAddr.Parse("10.20.0.2");

    private static long Now => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>What wg-quick down does: the device goes, with all that it had.</summary>
    [LiveFact]
    public void DeletedDeviceKeepsTheClassesOfItsTime()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        using ClassifierSource source = Watch(space, links);
        Assert.Equal((FlowClass.Virtual, FlowClass.Exit), Classes(source.Current));
        long first = Now;

        routes.Add("10.20.0.0/16", "dev0");
        Await(() => Classes(source.Current) == (FlowClass.Virtual, FlowClass.Subnet));
        long second = Now;

        links.Delete("dev0");
        Await(() => Classes(source.Current) == (FlowClass.Exit, FlowClass.Exit));
        Assert.False(source.Refresh());
        long third = Now;
        Assert.Equal((FlowClass.Virtual, FlowClass.Exit), Classes(source.At(first)));
        Assert.Equal((FlowClass.Virtual, FlowClass.Subnet), Classes(source.At(second)));
        Assert.Equal((FlowClass.Exit, FlowClass.Exit), Classes(source.At(third)));

        source.Forget(third);
        Assert.Equal((FlowClass.Exit, FlowClass.Exit), Classes(source.At(first)));
    }

    [LiveFact]
    public void RefreshSeesEveryChangeBeforeIt()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        using ClassifierSource source = Watch(space, links);
        for (int i = 0; i < 50; i++)
        {
            routes.Add("10.20.0.0/16", "dev0");
            source.Refresh();
            Assert.Equal(FlowClass.Subnet, Classes(source.At(Now)).Host);
            routes.Remove("10.20.0.0/16", "dev0");
            source.Refresh();
            Assert.Equal(FlowClass.Exit, Classes(source.At(Now)).Host);
        }
    }

    /// <summary>Its connections are counted on, so they keep their classes; then its name is free.</summary>
    [LiveFact]
    public void RenamedDeviceIsFollowedUntilItGoes()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        using ClassifierSource source = Watch(space, links);
        links.Rename("dev0", "other0");
        routes.Add("10.20.0.0/16", "other0");
        source.Refresh();
        Assert.Equal((FlowClass.Virtual, FlowClass.Subnet), Classes(source.Current));
        Assert.Equal("route through other0, table main", source.Current.Classify(Host).Route!.Origin);

        links.AddVeth("dev0", "dev2");
        links.AddAddress("dev0", IPAddress.Parse("10.20.0.1"), 24);
        source.Refresh();
        Assert.Equal((FlowClass.Virtual, FlowClass.Subnet), Classes(source.Current));

        links.Delete("other0");
        source.Refresh();
        Assert.Equal(AddressClass.Outside, source.Current.Classify(Peer).Class);
        Assert.Equal("address of dev0", source.Current.Classify(IpAddr.Parse("10.20.0.1")).Route!.Origin);
    }

    private static ClassifierSource Watch(PrivateNamespace space, LabLinks links)
    {
        links.AddVeth("dev0", "dev1");
        links.AddAddress("dev0", IPAddress.Parse("10.8.0.1"), 24);
        links.SetUp("dev0");
        links.SetUp("dev1");
        ClassifierSource source = ClassifierSource.Open(
            new ClassifierOptions { Devices = ["dev0"], NetworkNamespace = space.Path });
        source.Watch();
        return source;
    }

    private static (FlowClass Peer, FlowClass Host) Classes(FlowClassifier classifier) =>
        (classifier.Classify(Own, Peer).Class, classifier.Classify(Own, Host).Class);

    private static void Await(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, Deadline), "It never became so.");
}
