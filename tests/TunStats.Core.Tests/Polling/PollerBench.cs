using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using TunStats.Metrics;
using TunStats.Polling;
using TunStats.Tests.Fakes;

namespace TunStats.Tests.Polling;

/// <summary>A poller on a fake kernel and a clock that leaps, on the test's own thread.</summary>
internal sealed class PollerBench
{
    internal FakeKernel Kernel { get; } = new();

    internal LeapingTimeProvider Clock { get; } = new();

    internal RecordingSink Sink { get; } = new();

    internal PollerMetrics Metrics { get; } = new();

    /// <summary>Polls a number of times, 15 s apart.</summary>
    /// <param name="polls">How many polls.</param>
    /// <param name="names">Whom to follow.</param>
    /// <param name="afterPoll">Called between polls, with how many there were: what happens until the next.</param>
    internal void Run(int polls, string[] names, Action<int>? afterPoll = null)
    {
        using LinkPoller poller = Create(names);
        poller.Poll(CancellationToken.None);
        for (int poll = 1; poll < polls; poll++)
        {
            afterPoll?.Invoke(poll);
            Clock.Pass(TimeSpan.FromSeconds(15));
            poller.Poll(CancellationToken.None);
        }
    }

    internal LinkPoller Create(string[] names, long? maxPolls = null, ILinkPollerSink? sink = null) => new(
        new LinkPollerOptions { Names = names, Metrics = Metrics, MaxPolls = maxPolls },
        sink ?? Sink,
        Clock,
        Kernel.Open);

    /// <summary>The value of a metric as a scrape sees it; null where it is absent.</summary>
    internal ulong? Metric(string name, string device = "tun0")
    {
        string text = Encoding.UTF8.GetString(Metrics.ToUtf8(MetricsFormat.Prometheus));
        Match match = Regex.Match(text, $"^{name}{{device=\"{device}\"}} (\\d+)$", RegexOptions.Multiline);
        return match.Success ? ulong.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Each sample in a few words: the device, the event and the increase of its drops.</summary>
    internal IEnumerable<string> Story() => Sink.Samples.Select(s =>
        $"{s.Name} {s.Event} {s.Increase?.TxDropped.ToString(CultureInfo.InvariantCulture) ?? "-"}");
}
