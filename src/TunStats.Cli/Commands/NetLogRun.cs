using System;
using TunStats.Logging;
using TunStats.Metrics;

namespace TunStats.Cli.Commands;

/// <summary>
/// One run of the logger: until its sources are done, or SIGTERM or SIGINT comes. SIGHUP reopens files where messages
/// go to a destination, and ends the run where they go to standard output.
/// </summary>
internal static class NetLogRun
{
    /// <summary>Logs.</summary>
    /// <param name="options">What, and where to.</param>
    /// <param name="hasEnvelope">Whether standard output gets id and number of each message.</param>
    /// <param name="metrics">Where the metrics go; null where nobody asks for them.</param>
    /// <returns>The exit code: 1 where an error was reported or messages were lost, else 0.</returns>
    internal static int Run(NetLoggerOptions options, bool hasEnvelope, MetricsSettings? metrics)
    {
        NetLogger? logger = null;
        using var output = new FlowOutput(
            TimeProvider.System, options.HasSinks ? () => logger?.ReopenFiles() : null);
        var sink = new NetLogSink(output, options.Messages.Schema, writesLines: !options.HasSinks, hasEnvelope);
        MetricsFile? file = metrics?.File is { } path ? MetricsFile.Create(path) : null;
        bool hasLost = false;
        FlowRun.UntilTheEnd(output, () =>
        {
            using NetLogger opened = NetLogger.Open(options, sink, cancellationToken: output.Stop);
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
        return sink.Errors == 0 && !hasLost ? 0 : 1;
    }
}
