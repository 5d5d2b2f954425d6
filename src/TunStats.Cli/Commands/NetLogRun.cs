using System;
using System.Threading;
using TunStats.Cli.Arguments;
using TunStats.Export;
using TunStats.Logging;
using TunStats.Metrics;

namespace TunStats.Cli.Commands;

/// <summary>
/// One run of the logger: until its sources are done, or SIGTERM or SIGINT comes. SIGHUP reopens files where messages
/// go to a destination, and ends the run where they go to standard output.
/// </summary>
internal static class NetLogRun
{
    // Apart from other failures: a service that was stopped while its collector was away has not failed.
    private const int NotDelivered = 3;

    /// <summary>Logs.</summary>
    /// <param name="options">What, and where to.</param>
    /// <param name="hasEnvelope">Whether standard output gets id and number of each message.</param>
    /// <param name="metrics">Where the metrics go; null where nobody asks for them.</param>
    /// <returns>The exit code: 1 where an error was reported, 3 where messages were not delivered, else 0.</returns>
    /// <exception cref="UsageException">A destination is not usable as it was given.</exception>
    internal static int Run(NetLoggerOptions options, bool hasEnvelope, MetricsSettings? metrics)
    {
        NetLogger? logger = null;
        using var output = new FlowOutput(
            TimeProvider.System, options.HasSinks ? () => logger?.ReopenFiles() : null);
        var sink = new NetLogSink(output, options.Messages.Schema, writesLines: !options.HasSinks, hasEnvelope);
        MetricsFile? file = metrics?.File is { } path ? MetricsFile.Create(path) : null;
        bool hasLost = false;
        SessionRunner.UntilTheEnd(output, () =>
        {
            using NetLogger opened = Open(options, sink, output.Stop);
            logger = opened;
            using var served = MetricsOutput.Open(metrics, file, opened.Metrics, output.Messages);
            try
            {
                opened.Run(output.Stop);
            }
            finally
            {
                logger = null;
                hasLost = opened.Status.Dropped > 0;
            }
        });
        return sink.Errors > 0 ? 1 : hasLost ? NotDelivered : 0;
    }

    private static NetLogger Open(NetLoggerOptions options, NetLogSink sink, CancellationToken stop)
    {
        try
        {
            return NetLogger.Open(options, sink, cancellationToken: stop);
        }
        catch (LogSinkException e) when (e.Failure == LogSinkErrorKind.Invalid)
        {
            throw new UsageException(e.Message);
        }
    }
}
