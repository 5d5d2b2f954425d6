using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Interop;
using TunStats.Metrics;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats poll</c>: samples of devices over time, as table rows or JSON lines, and as metrics.</summary>
internal sealed class PollCommand : Command
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(15);

    private readonly Option _interval = Option.Value(
        "--interval",
        "TIME",
        "The time from poll to poll, in seconds or with a unit: 0.5, 500ms, 1m; 100 ms to 1 day, default 15 s.",
        "-i");

    private readonly Option _count = Option.Value("--count", "N", "Stop after N polls.", "-c");
    private readonly Option _json = Option.Switch("--json", "Write one JSON object per sample and line.");

    private readonly Option _detailed = Option.Switch(
        "--detailed", "Add the state of the link and its queue to samples and metrics.");

    private readonly Option _peers = Option.Switch(
        "--peers", "Look at the peers, too: changes of their paths, and metrics.");

    private readonly Option _space = Option.Value(
        "--netns",
        "NS",
        "Poll this network namespace: a name of ip netns, a path, or a process id.",
        "--namespace");

    private readonly Option _file = Option.Value(
        "--metrics-file",
        "FILE",
        "Write metrics as Prometheus text to this file, such as for node_exporter's textfile collector. It is removed "
            + "at the end, unless --count ends the polls.");

    private readonly Option _keep = Option.Switch("--keep-metrics-file", "Never remove the metrics file.");

    private readonly Option _listen = Option.Value(
        "--metrics-listen",
        "ADDRESS",
        "Serve the metrics at /metrics of this address, such as 127.0.0.1:9101.");

    private readonly Option _hosts = Option.List(
        "--metrics-host",
        "NAME",
        "Answer requests that name this host, too, not only addresses and localhost; may be repeated.");

    private readonly Option _force = Option.Switch("--force", "Serve the metrics to other machines, too.");

    internal override string Name => "poll";

    internal override string Summary => "Samples the counters of devices at once and then at every interval.";

    internal override Operands Operands { get; } = new(
        "NAME", "Names and wildcards of devices. A name that is not there yet is waited for.", IsRequired: true);

    internal override IReadOnlyList<Option> Options =>
        [_interval, _count, _json, _detailed, _peers, _space, _file, _keep, _listen, _hosts, _force];

    internal override int Run(ParsedArguments arguments)
    {
        var options = new LinkPollerOptions
        {
            Names = arguments.Operands,
            Interval = arguments.Duration(
                _interval, LinkPollerOptions.MinInterval, LinkPollerOptions.MaxInterval, "100 ms to 1 day")
                ?? DefaultInterval,
            MaxBeats = arguments.Count(_count, long.MaxValue),
            NetworkNamespace = arguments.Value(_space),
            IsDetailed = arguments.Has(_detailed),
            Metrics = arguments.Has(_file) || arguments.Has(_listen) ? new PollerMetrics() : null,
        };
        if (options.FindFault() is { } fault)
        {
            throw new UsageException(fault.Message);
        }

        if (arguments.Has(_keep) && !arguments.Has(_file))
        {
            throw new UsageException("--keep-metrics-file goes with --metrics-file alone");
        }

        if ((arguments.Has(_force) || arguments.Has(_hosts)) && !arguments.Has(_listen))
        {
            throw new UsageException("--metrics-host and --force go with --metrics-listen alone");
        }

        return PollRun.Run(
            new PollSettings(options, arguments.Has(_json), arguments.Value(_file), Address(arguments))
            {
                KeepsMetricsFile = arguments.Has(_keep),
                MetricsHosts = Hosts(arguments),
                Peers = arguments.Has(_peers) ? PeerPollerOptions.For(options) : null,
            },
            TimeProvider.System);
    }

    private MetricsHosts Hosts(ParsedArguments arguments)
    {
        try
        {
            return new MetricsHosts(arguments.Values(_hosts));
        }
        catch (TunStatsException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private MetricsEndpointAddress? Address(ParsedArguments arguments)
    {
        try
        {
            return arguments.Value(_listen) is { } text
                ? MetricsEndpointAddress.Parse(text, arguments.Has(_force))
                : null;
        }
        catch (TunStatsException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
