using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using TunStats.Bench.Harness;
using TunStats.IO;
using TunStats.Lab;
using TunStats.Links;

namespace TunStats.Bench.Cases;

/// <summary>All devices of a namespace that has a thousand: 500 veth pairs and its loopback.</summary>
internal static class DumpCases
{
    private const int Devices = 1_001;
    private const int Rounds = 60;

    internal static BenchCase[] Create() =>
    [
        new("dump of 1,000 devices: time", "<= 1.3 x C", CountersTime),
        new("dump of 1,000 devices: allocated", "0 B", CountersAllocated),
        new("snapshots of 1,000 devices: time", "<= 1.3 x C", SnapshotsTime),
        new("snapshots of 1,000 devices: allocated beyond them", "0 B a device", SnapshotsAllocated),
    ];

    private static Measurement CountersTime(BenchEnvironment environment)
    {
        using PrivateNamespace space = Crowded();
        using LinkClient client = Open(space);
        using var limit = new LimitProgram(environment.Limit("dump"), space.Path, "counters");
        return Measurement.Ratio(SideBySide.Run(limit, n => DumpCounters(client, n), Rounds), 1.3, "ms", 1e6);
    }

    private static Measurement CountersAllocated(BenchEnvironment environment)
    {
        using PrivateNamespace space = Crowded();
        using LinkClient client = Open(space);
        return Measurement.Most(SideBySide.BytesPerRound(n => DumpCounters(client, n), Rounds), 0, "B");
    }

    private static Measurement SnapshotsTime(BenchEnvironment environment)
    {
        using PrivateNamespace space = Crowded();
        using LinkClient client = Open(space);
        using var limit = new LimitProgram(environment.Limit("dump"), space.Path, "snapshots");
        return Measurement.Ratio(SideBySide.Run(limit, n => TakeSnapshots(client, n), Rounds), 1.3, "ms", 1e6);
    }

    private static Measurement SnapshotsAllocated(BenchEnvironment environment)
    {
        using PrivateNamespace space = Crowded();
        using LinkClient client = Open(space);
        double each = SideBySide.BytesPerRound(n => TakeSnapshots(client, n), Rounds) / Devices;
        double beyond = each - BytesHandedOut(client);
        return new Measurement(
            string.Create(CultureInfo.InvariantCulture, $"{beyond:0.0} B a device (all {each:0.0} B)"), beyond < 1);
    }

    /// <summary>The bytes of a snapshot, its name and its place in the list.</summary>
    private static double BytesHandedOut(LinkClient client)
    {
        RtnlLinkStats64 one = client.ListStats().Items[^1];
        LinkCounters counters = default;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var copy = new RtnlLinkStats64(new string(one.Name.AsSpan()), one.Index, one.Kind, one.Timestamp, counters);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(copy);
        return bytes + IntPtr.Size;
    }

    internal static PrivateNamespace Crowded()
    {
        var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        for (int i = links.Count; i < Devices; i += 2)
        {
            links.AddVeth(Name('a', i), Name('b', i));
        }

        return space;
    }

    private static string Name(char end, int i) => string.Create(CultureInfo.InvariantCulture, $"crowd-{end}{i}");

    private static LinkClient Open(PrivateNamespace space)
    {
        using NetworkNamespace there = space.Open();
        return LinkClient.Open(there);
    }

    private static ulong DumpCounters(LinkClient client, int count)
    {
        var sum = default(Sum);
        for (int i = 0; i < count; i++)
        {
            client.ReadAllCounters(ref sum);
            Expect(sum.Count);
        }

        return sum.TxDropped;
    }

    private static void TakeSnapshots(LinkClient client, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Expect(client.ListStats().Items.Count);
        }
    }

    private static void Expect(int devices, [CallerMemberName] string caller = "")
    {
        if (devices != Devices)
        {
            throw new InvalidOperationException($"{caller} saw {devices} devices, not {Devices}.");
        }
    }

    private struct Sum : ILinkCountersVisitor
    {
        internal ulong TxDropped;
        internal int Count;

        public void Restart() => this = default;

        public void Visit(int index, in LinkCounters counters)
        {
            TxDropped += counters.TxDropped;
            Count++;
        }
    }
}
