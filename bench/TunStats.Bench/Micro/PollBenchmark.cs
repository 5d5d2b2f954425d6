using BenchmarkDotNet.Attributes;
using TunStats.Links;

namespace TunStats.Bench.Micro;

/// <summary>One poll of the loopback on an open socket.</summary>
[MemoryDiagnoser]
[InProcess]
public class PollBenchmark
{
    private LinkClient _client = null!;

    [GlobalSetup]
    public void Open() => _client = LinkClient.Open();

    [GlobalCleanup]
    public void Close() => _client.Dispose();

    [Benchmark]
    public ulong ReadCounters() => _client.ReadCounters(1).TxDropped;

    [Benchmark]
    public RtnlLinkStats64 GetStats() => _client.GetStats("lo");
}
