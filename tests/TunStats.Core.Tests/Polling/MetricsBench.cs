using System;
using System.Threading;
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

    /// <summary>Sets each counter to a value of its own, so that none can be mistaken for another.</summary>
    internal void Count(int index, string name, ulong amount)
    {
        FakeLink link = Kernel.Set(index, name, 0);
        link.Stats = default;
        link.Count(amount);
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
