using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Lab;
using TunStats.Routes;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>A device's addresses and routes as this kernel reports them, and while they change.</summary>
public sealed class LiveRoutesTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [LiveFact]
    public void AddressesAndRoutesOfAllTablesAreRead()
    {
        using var space = new PrivateNamespace(ipv6: true);
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        Prepare(links);
        routes.Add("10.20.0.0/16", "dev0");
        routes.Add("10.20.0.0/16", "dev0", table: 52);
        routes.Add("0.0.0.0/0", "dev0", table: 52);
        routes.Add("10.30.0.0/16", "dev0", table: 100_000, gateway: "100.64.0.9");
        routes.Add("10.40.0.0/16", "dev1");
        routes.AddMultipath("10.50.0.0/16", "dev1", "dev0");
        routes.Add("fd99::/64", "dev0", table: 52);
        routes.Add("::/0", "dev0");
        routes.Add("fd98::/64", "dev1");

        Assert.Equal(
            [
                "100.64.0.1/32 (LocalAddress, address of dev0)",
                "fd7a:115c:a1e0::1/128 (LocalAddress, address of dev0)",
                "0.0.0.0/0 (Route, route through dev0, table 52)",
                "10.20.0.0/16 (Route, route through dev0, table main)",
                "10.20.0.0/16 (Route, route through dev0, table 52)",
                "10.30.0.0/16 (Route, route through dev0, table 100000)",
                "10.50.0.0/16 (Route, route through dev0, table main)",
                "100.64.0.0/10 (Route, route through dev0, table main)",
                "::/0 (Route, route through dev0, table main)",
                "fd7a:115c:a1e0::/48 (Route, route through dev0, table main)",
                "fd99::/64 (Route, route through dev0, table 52)",
            ],
            Texts(Read(space, "dev0")));
        Assert.Equal("100.64.0.0/10", Read(space, "dev0").Routes.Routes[0].Network);
        Assert.Equal(
            ["10.40.0.0/16", "10.50.0.0/16", "fd98::/64"],
            Read(space, "dev1").Routes.Routes.Where(r => r.Counts).Select(r => r.Prefix));
    }

    [LiveFact]
    public void NexthopObjectsAreFollowedAlsoWhereTheKernelNamesNothingElse()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        using NetworkNamespace there = space.Open();
        Prepare(links, ipv6: false);
        space.Run(() => File.WriteAllText("/proc/sys/net/ipv4/nexthop_compat_mode", "0"));
        routes.SetNexthop(7, "dev0");
        routes.AddByNexthop("10.60.0.0/16", 7);
        using KernelRoutesWatch watch = RouteLookUps.Watch("dev0", there);
        Assert.Contains("10.60.0.0/16", Prefixes(watch.Current));

        routes.SetNexthop(7, "dev1");
        Await(watch, () => !Prefixes(watch.Current).Contains("10.60.0.0/16"));
        Assert.Contains("10.60.0.0/16", Prefixes(Read(space, "dev1")));
    }

    [LiveFact]
    public void DeviceWithoutAnythingHasNothing()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("dev0", "dev1");
        DeviceRoutes read = Read(space, "dev0");
        Assert.True(read.IsPresent && read.Routes.IsEmpty);
        Assert.Throws<TunStatsException>(() => Read(space, "dev2"));
    }

    [LiveFact]
    public void WatchFollowsRoutesAddressesAndTheDevice()
    {
        using var space = new PrivateNamespace(ipv6: true);
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        using NetworkNamespace there = space.Open();
        using KernelRoutesWatch watch = RouteLookUps.Watch("dev0", there);
        Assert.False(watch.Current.IsPresent);

        Prepare(links);
        Await(watch, () => Prefixes(watch.Current).Contains("fd7a:115c:a1e0::/48"));

        routes.Add("10.20.0.0/16", "dev0", table: 52);
        Await(watch, () => Prefixes(watch.Current).Contains("10.20.0.0/16"));
        routes.Add("fd99::/64", "dev0", table: 52);
        Await(watch, () => Prefixes(watch.Current).Contains("fd99::/64"));
        routes.Remove("fd99::/64", "dev0", table: 52);
        Await(watch, () => !Prefixes(watch.Current).Contains("fd99::/64"));

        // A replacement route is reported for its new device.
        routes.Replace("10.20.0.0/16", "dev1", table: 52);
        Await(watch, () => !Prefixes(watch.Current).Contains("10.20.0.0/16"));

        IPAddress second = IPAddress.Parse("10.77.0.1");
        links.AddAddress("dev0", second, 24);
        Await(watch, () => watch.Current.Routes.LocalAddresses.Any(a => a.ToString() == "10.77.0.1"));
        links.RemoveAddress("dev0", second, 24);
        Await(watch, () => !Prefixes(watch.Current).Contains("10.77.0.0/24"));

        // A device that goes down loses its routes, of which the kernel says nothing.
        links.SetUp("dev0", up: false);
        Await(watch, () => !Prefixes(watch.Current).Contains("100.64.0.0/10"));
        Assert.Contains("100.64.0.1/32", Prefixes(watch.Current));

        links.Rename("dev0", "gone0");
        Await(watch, () => !watch.Current.IsPresent);
        int first = links.IndexOf("gone0");
        links.Rename("gone0", "dev0");
        Await(watch, () => watch.Current.IsPresent);
        links.Delete("dev0");
        Await(watch, () => !watch.Current.IsPresent);
        links.AddVeth("dev0", "dev1");
        links.AddAddress("dev0", IPAddress.Parse("10.88.0.1"), 24);
        Await(watch, () => Prefixes(watch.Current).Contains("10.88.0.1/32"));
        Assert.NotEqual(first, watch.Current.Index);
    }

    /// <summary>Two thousand changes while nobody takes the events, and then as many while they are taken.</summary>
    [LiveFact]
    public void StormOfChangesEndsInWhatTheKernelHas()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabRoutes routes = space.OpenRoutes();
        using NetworkNamespace there = space.Open();
        Prepare(links, ipv6: false);
        using KernelRoutesWatch watch = RouteLookUps.Watch("dev0", there);
        Change(0);
        Await(watch, () => Prefixes(watch.Current).Count(p => p.StartsWith("10.", StringComparison.Ordinal)) == 1000);

        var changes = new Thread(() => Change(1));
        changes.Start();
        Await(watch, () => Prefixes(watch.Current).Count(p => p.StartsWith("10.", StringComparison.Ordinal)) == 2000);
        Assert.True(changes.Join(Deadline));
        watch.Update();
        Assert.Equal(Texts(Read(space, "dev0")), Texts(watch.Current));

        void Change(int half)
        {
            for (int i = 0; i < 1000; i++)
            {
                routes.Add($"10.{(half * 4) + (i / 250)}.{i % 250}.0/24", "dev0");
                routes.Add($"11.{i / 250}.{i % 250}.0/24", "dev0");
                routes.Remove($"11.{i / 250}.{i % 250}.0/24", "dev0");
            }
        }
    }

    private static void Prepare(LabLinks links, bool ipv6 = true)
    {
        links.AddVeth("dev0", "dev1");
        links.AddAddress("dev0", IPAddress.Parse("100.64.0.1"), 10);
        if (ipv6)
        {
            links.AddAddress("dev0", IPAddress.Parse("fd7a:115c:a1e0::1"), 48);
        }

        links.SetUp("dev0");
        links.SetUp("dev1");
    }

    private static void Await(KernelRoutesWatch watch, Func<bool> condition) =>
        Assert.True(watch.Await(condition, Deadline));

    private static DeviceRoutes Read(PrivateNamespace space, string name)
    {
        using NetworkNamespace there = space.Open();
        using KernelRoutes routes = KernelRoutes.Open(there);
        return routes.Read(name);
    }

    /// <summary>Without the link-local addresses, which the kernel makes up.</summary>
    private static string[] Texts(DeviceRoutes read) =>
        [.. read.Routes.Routes.Where(r => r.NotCountedBecause is null).Select(r => r.ToString())];

    private static string[] Prefixes(DeviceRoutes read) => [.. read.Routes.Routes.Select(r => r.Prefix)];
}
