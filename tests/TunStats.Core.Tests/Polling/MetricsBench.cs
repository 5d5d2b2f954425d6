using System;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;
using TunStats.Polling;
using TunStats.Tests.Fakes;

namespace TunStats.Tests.Polling;

/// <summary>A poller that keeps totals, over a fake kernel.</summary>
internal sealed class MetricsBench : IDisposable
{
    private readonly LinkPoller _poller;

    internal MetricsBench()
    {
        var options = new LinkPollerOptions { Names = ["tun0", "w*"], Metrics = Metrics };
        _poller = new LinkPoller(options, new RecordingSink { WantsSamples = false }, Kernel.Clock, Kernel.Open);
    }

    internal FakeKernel Kernel { get; } = new();

    internal PollerMetrics Metrics { get; } = new();

    /// <summary>Sets each counter to a value of its own, so that none can stand for another.</summary>
    internal void Count(int index, string name, ulong amount)
    {
        Kernel.Set(index, name, 0);
        rtnl_link_stats64 stats = default;
        Span<ulong> counters = MemoryMarshal.Cast<rtnl_link_stats64, ulong>(MemoryMarshal.CreateSpan(ref stats, 1));
        for (int i = 0; i < counters.Length; i++)
        {
            counters[i] = amount * (ulong)(i + 1);
        }

        Kernel.Links[index] = (name, stats);
    }

    internal void Poll(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _poller.Poll(CancellationToken.None);
        }
    }

    public void Dispose() => _poller.Dispose();
}
