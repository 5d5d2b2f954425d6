using System;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Metrics;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>
/// One run of <c>tunstats poll</c>, until its polls are done, SIGTERM, SIGINT or SIGHUP arrives, or nobody reads any
/// more.
/// </summary>
internal static class PollRun
{
    /// <summary>Polls, on the calling thread.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>
    /// The exit code: 1 where lines were lost, or where an error was reported before the last poll; else 0.
    /// </returns>
    /// <exception cref="TunStatsException">The metrics file cannot be written; nothing was polled.</exception>
    /// <exception cref="TunStatsException">The address cannot be used; nothing was polled.</exception>
    /// <exception cref="TunStatsException">There is no such namespace; nothing was polled.</exception>
    internal static int Run(PollSettings settings, TimeProvider timeProvider)
    {
        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(stop.Cancel);

        MetricsFile? file = settings.Metrics?.File is { } path ? MetricsFile.Create(path) : null;
        ProbeNamespace(settings.Options.NetworkNamespace);
        PollerMetrics? metrics = settings.Options.Metrics;
        using var messages = new Messages(timeProvider);
        using var metricsOutput = MetricsOutput.Open(settings.Metrics, file, metrics, messages);
        using var output = new QueuedOutput(
            StandardDescriptors.Borrow(StandardDescriptors.Output),
            OutputPolicy.Drop,
            timeProvider,
            messages.ReportDrops,
            reportFailure: messages.ReportFailure);

        // Without a reader there is nothing left to do, unless there are metrics.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            stop.Token, metrics is null ? output.Closed : CancellationToken.None);
        using CancellationTokenRegistration closed = metrics is null ? default : output.Closed.Register(
            () => messages.Warn("nobody reads standard output any more; the metrics go on"),
            useSynchronizationContext: false);

        using SampleJsonWriter? json = settings.IsJson ? new SampleJsonWriter(output) : null;
        ISampleWriter writer = json is null ? new SampleTableWriter(output, settings.Options.IsDetailed) : json;
        using DropCommand? onDrop = settings.OnDrop is { } command
            ? new DropCommand(command, settings.AlertFor, messages, timeProvider)
            : null;
        var sink = new PollSink(writer, output, messages, onDrop);
        using PeerPoller? peers = settings.Peers is { } options
            ? new PeerPoller(options, new PathChangeSink(settings.IsJson, output, messages), timeProvider)
            : null;
        peers?.Start();
        using var poller = new LinkPoller(settings.Options, sink, timeProvider);
        bool isDone = false;
        long unreported = 0;
        try
        {
            poller.Run(end.Token);

            peers?.PollNow(PeerPoller.LastLookLimit);

            // A run that ends by itself keeps its last totals, for example for cron.
            metricsOutput.Keep();
            isDone = true;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Stopped by a signal.
        }
        finally
        {
            unreported = output.Complete(stop.Token);
            messages.ReportDrops(unreported);
        }

        return (isDone && sink.Errors > 0) || output.Dropped > 0 || unreported > 0 ? 1 : 0;
    }

    /// <summary>A missing namespace may appear later; one that never existed is a typing error.</summary>
    private static void ProbeNamespace(string? space)
    {
        using NetworkNamespace? there = space is null ? null : NetworkNamespace.Open(space);
        LinkClient.Open(there).Dispose();
    }
}
