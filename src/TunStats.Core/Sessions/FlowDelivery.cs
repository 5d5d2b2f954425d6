using System;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Processes;

namespace TunStats.Sessions;

/// <summary>Passes the windows of sources to the sink of a session, with classes, limit and warnings.</summary>
internal sealed class FlowDelivery
{
    // Progress is not reported before this time.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(2);

    private readonly FlowSessionOptions _options;
    private readonly IFlowSink _sink;
    private readonly AddressNames? _names;
    private readonly WarningLimit _warnings;

    /// <summary>Makes a delivery.</summary>
    /// <param name="options">The limit, the capacity and the length of the session.</param>
    /// <param name="sink">Receives everything.</param>
    /// <param name="names">Names the ends of connections; null for no names.</param>
    /// <param name="timeProvider">The clock of the warnings.</param>
    internal FlowDelivery(
        FlowSessionOptions options, IFlowSink sink, AddressNames? names, TimeProvider timeProvider)
    {
        _options = options;
        _sink = sink;
        _names = names;
        _warnings = new WarningLimit(timeProvider);
    }

    /// <summary>Finds the processes of connections; null if they are not wanted.</summary>
    internal ConnectionOwners? Owners { get; set; }

    /// <summary>Passes on one item; null on timeout.</summary>
    internal void Deliver(FlowQueue.Item? item, FlowSources sources, FlowClasses classes)
    {
        if (item?.Report is { } report)
        {
            using (report)
            {
                Deliver(report, sources, classes);
            }
        }
        else if (item?.Error is { } error)
        {
            Report(error, item.Source);
        }
        else if (item?.Warning is { } warning)
        {
            Warn(warning, warning);
        }
    }

    /// <summary>Reports the drops of the queue, and the progress of the sources.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="sources">The sources.</param>
    /// <param name="silence">How long the session has run, if nothing arrived lately; else null.</param>
    internal void DeliverState(FlowQueue queue, FlowSources sources, TimeSpan? silence)
    {
        if (queue.TakeDropped() is { Windows: > 0 } dropped)
        {
            Warn("dropped", FlowWarnings.Dropped(dropped));
        }

        if (queue.TakeProgress() is { } progress)
        {
            _sink.OnProgress(progress);
        }
        else if (silence is { } elapsed && elapsed > SilenceLimit && sources.Live.Count > 0)
        {
            _sink.OnProgress(LiveProgress(sources, elapsed));
        }
    }

    /// <summary>Reports the warnings that were only counted.</summary>
    internal void DeliverRest()
    {
        foreach (string text in _warnings.TakeRest())
        {
            _sink.OnWarning(text);
        }
    }

    private void Report(Exception error, string source)
    {
        if (error is not (TunStatsException or IOException or UnauthorizedAccessException))
        {
            // A defect, not an error of one source.
            ExceptionDispatchInfo.Throw(error);
        }

        _sink.OnError(error, source);
    }

    private void Deliver(FlowReport report, FlowSources sources, FlowClasses classes)
    {
        string source = report.Window.Source ?? "";
        if (report.PacketsLost > 0)
        {
            Warn($"lost {source}", FlowWarnings.PacketsLost(source, report.PacketsLost));
        }

        if (report.PacketsUnreadable > 0)
        {
            Warn($"unreadable {source}", FlowWarnings.Unreadable(source, report.PacketsUnreadable));
        }

        if (report.PacketsOfEarlierWindows > 0)
        {
            Warn($"early {source}", FlowWarnings.Early(source, report.PacketsOfEarlierWindows));
        }

        if (!report.Overflow.IsZero)
        {
            Warn($"overflow {source}", FlowWarnings.Overflow(report, _options.Capacity));
        }

        bool isLive = sources.Live.Any(live => live.Name == source);
        report.Top = _options.Top ?? (isLive ? int.MaxValue : null);
        report.Physical = classes.TakePhysical(report, text => Warn($"peers {source}", text));
        report.Classify = classes.Of(report, text => Warn($"routes {source}", text));
        report.NameOf = _names?.Of(report);
        ConnectionOwners? owners = isLive ? Owners : null;
        owners?.Refresh();
        report.OwnerOf = owners is null ? null : owners.Find;
        _sink.OnReport(report);
        if (owners?.TakeProblems() is (var hidden, var warning))
        {
            WarnOfProcesses(hidden, warning);
        }
    }

    private void WarnOfProcesses(int hidden, string? warning)
    {
        if (hidden > 0)
        {
            Warn("hidden processes", FlowWarnings.HiddenProcesses(hidden));
        }

        if (warning is not null)
        {
            Warn(warning, warning);
        }
    }

    private void Warn(string kind, string text)
    {
        if (_warnings.Admit(kind, text) is { } admitted)
        {
            _sink.OnWarning(admitted);
        }
    }

    private FlowProgress LiveProgress(FlowSources sources, TimeSpan elapsed)
    {
        string[] names = [.. sources.Live.Select(source => source.Name)];
        return new FlowProgress(
            FlowProgress.NameOf(names),
            _options.LiveDuration is { } all
                ? $"counting for {elapsed.TotalSeconds:0} of {all.TotalSeconds:0} s"
                : $"counting for {elapsed.TotalSeconds:0} s",
            _options.LiveDuration is { } length ? Math.Min(1, elapsed / length) : null);
    }
}
