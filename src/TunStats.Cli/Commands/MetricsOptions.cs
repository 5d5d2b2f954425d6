using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Interop;
using TunStats.Metrics;

namespace TunStats.Cli.Commands;

/// <summary>
/// The arguments that say where metrics go; <c>tunstats poll</c> and <c>tunstats netlog</c> share them.
/// </summary>
/// <param name="fileEnd">What becomes of the file at the end, as a sentence of the help.</param>
internal sealed class MetricsOptions(string fileEnd)
{
    private readonly Option _file = Option.Value(
        "--metrics-file",
        "FILE",
        "Write metrics as Prometheus text to this file, such as for node_exporter's textfile collector. " + fileEnd);

    private readonly Option _keep = Option.Switch("--keep-metrics-file", "Never remove the metrics file.");

    private readonly Option _listen = Option.Value(
        "--metrics-listen",
        "ADDRESS",
        "Serve the metrics at /metrics of this address, such as 127.0.0.1:9101.");

    private readonly Option _hosts = Option.List(
        "--metrics-host",
        "NAME",
        "Answer requests that name this host, too, not only addresses and localhost.");

    private readonly Option _force = Option.Switch("--force", "Serve the metrics to other machines, too.");

    internal IReadOnlyList<Option> Options => [_file, _keep, _listen, _hosts, _force];

    /// <summary>What was given; null where nobody asks for metrics.</summary>
    /// <exception cref="UsageException">A value is not valid, or has no effect.</exception>
    internal MetricsSettings? Settings(ParsedArguments arguments)
    {
        if (arguments.Has(_keep) && !arguments.Has(_file))
        {
            throw new UsageException("--keep-metrics-file goes with --metrics-file alone");
        }

        if ((arguments.Has(_force) || arguments.Has(_hosts)) && !arguments.Has(_listen))
        {
            throw new UsageException("--metrics-host and --force go with --metrics-listen alone");
        }

        if (!arguments.Has(_file) && !arguments.Has(_listen))
        {
            return null;
        }

        if (arguments.Value(_file) == "-")
        {
            throw new UsageException("--metrics-file '-' is not a file; give a path, such as tunstats.prom");
        }

        try
        {
            return new MetricsSettings(
                arguments.Value(_file),
                arguments.Has(_keep),
                arguments.Value(_listen) is { } text
                    ? MetricsEndpointAddress.Parse(text, arguments.Has(_force))
                    : null,
                new MetricsHosts(arguments.Values(_hosts)));
        }
        catch (TunStatsException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
