using BenchmarkDotNet.Attributes;
using TunStats.Links;

namespace TunStats.Bench.Micro;

/// <summary>Matching a device's name.</summary>
[MemoryDiagnoser]
[InProcess]
public class PatternBenchmark
{
    private readonly LinkNamePattern _pattern = new("t*[a-s]cale?");

    [Benchmark]
    public bool IsMatch() => _pattern.IsMatch("tailscale0");
}
