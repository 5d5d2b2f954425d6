using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Sessions;

namespace TunStats.Tests.Sessions;

/// <summary>Keeps what a session hands out.</summary>
internal sealed class FlowRecordingSink : IFlowSink
{
    internal List<(FlowWindow Window, TupleCounts[] Flows, DateTime TakenAt)> Windows { get; } = [];

    internal ConcurrentQueue<(Exception Error, string Source)> Errors { get; } = [];

    internal ConcurrentQueue<string> Warnings { get; } = [];

    internal ConcurrentQueue<FlowProgress> Progress { get; } = [];

    /// <summary>Called with each window, after it was kept.</summary>
    internal Action<FlowReport>? Then { get; set; }

    internal FrameTotals Frames { get; private set; }

    internal IEnumerable<TupleCounts> Flows => Windows.SelectMany(window => window.Flows);

    internal ulong TxPackets(string source) => Windows
        .Where(w => w.Window.Source == source)
        .SelectMany(w => w.Flows)
        .Aggregate(0ul, (sum, flow) => sum + flow.TxPackets);

    public void OnReport(FlowReport report)
    {
        DateTime now = DateTime.UtcNow;
        Frames += report.Frames;
        Windows.Add((report.Window, [.. report.TakeFlows()], now));
        Then?.Invoke(report);
    }

    public void OnError(Exception error, string source) => Errors.Enqueue((error, source));

    public void OnWarning(string message) => Warnings.Enqueue(message);

    public void OnProgress(FlowProgress progress) => Progress.Enqueue(progress);
}
