using System;
using System.IO;
using System.Linq;
using TunStats.Classes;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.Bench.Cases;

/// <summary>Routes and connections to classify: half of what the ends are is routed. Always the same.</summary>
internal sealed class NetLogBenchRoutes
{
    private readonly FlowClassifier _classifier;
    private readonly IpPrefix[] _prefixes;
    private readonly (IpAddr Source, IpAddr Destination)[] _flows;

    internal NetLogBenchRoutes(int prefixes, int flows)
    {
        Random random = new(prefixes);
        _prefixes = [.. Enumerable.Range(0, prefixes).Select(i => Prefix(random, i))];
        _classifier = new FlowClassifier(new RouteSet(
            _prefixes.Select(prefix => new FlowRoute(prefix, FlowRouteKind.Route, "bench"))));
        _flows = [.. Enumerable.Range(0, flows).Select(_ => (Address(random), Address(random)))];
    }

    /// <summary>Classifies all connections some times; returns the sum of the classes.</summary>
    internal ulong Classify(int rounds)
    {
        ulong sum = 0;
        for (int i = 0; i < rounds; i++)
        {
            foreach (ref readonly (IpAddr Source, IpAddr Destination) flow in _flows.AsSpan())
            {
                sum += (ulong)_classifier.Classify(flow.Source, flow.Destination).Class;
            }
        }

        return sum;
    }

    /// <summary>As classify.c reads it.</summary>
    internal void Save(string path)
    {
        using BinaryWriter file = new(File.Create(path));
        IpPrefix[] overlay = [IpPrefix.Parse("100.64.0.0/10")];
        IpPrefix chromeOS = IpPrefix.Parse("100.115.92.0/23");
        file.Write(_prefixes.Length + overlay.Length);
        file.Write(_flows.Length);
        foreach (IpPrefix prefix in _prefixes)
        {
            if (chromeOS.Contains(prefix.Address) || prefix.Contains(chromeOS.Address))
            {
                throw new InvalidOperationException("The C program knows no range that is taken out of another.");
            }

            Write(file, prefix, 1);
        }

        Write(file, overlay[0], 2);
        foreach ((IpAddr source, IpAddr destination) in _flows)
        {
            file.Write((uint)source.Low);
            file.Write((uint)destination.Low);
        }
    }

    private static void Write(BinaryWriter file, IpPrefix prefix, uint flags)
    {
        file.Write((uint)prefix.Address.Low);
        file.Write((uint)prefix.Length);
        file.Write(flags);
    }

    /// <summary>Half of them nodes of the overlay, half networks behind them.</summary>
    private static IpPrefix Prefix(Random random, int index)
    {
        uint node = 0x6440_0000 | (uint)random.Next(1 << 20);
        uint network = 0x0a00_0000 | (uint)random.Next(1 << 24);
        return index % 2 == 0
            ? new IpPrefix(IpAddr.FromIPv4(node), 32).Masked()
            : new IpPrefix(IpAddr.FromIPv4(network), random.Next(16, 29)).Masked();
    }

    private IpAddr Address(Random random)
    {
        uint inside = (uint)_prefixes[random.Next(_prefixes.Length)].Address.Low;
        return IpAddr.FromIPv4(random.Next(2) == 0 ? inside : (uint)random.NextInt64(1L << 32));
    }
}
