using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
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

    private readonly Option _onDrop = Option.Value(
        "--exec-on-drop",
        "CMD",
        "Run CMD with /bin/sh when drops of a device begin and when they end; it gets TUNSTATS_EVENT (begin or end), "
        + "TUNSTATS_DEVICE, TUNSTATS_RX_DROPPED, TUNSTATS_TX_DROPPED, TUNSTATS_SINCE and TUNSTATS_SECONDS.");

    private readonly Option _alertFor = Option.Value(
        "--alert-for",
        "TIME",
        "Run CMD only where drops go on for this time; 0 s to 1 day, default 0 s.");

    private readonly MetricsOptions _metrics = new("It is removed at the end, unless --count ends the polls.");

    internal override string Name => "poll";

    internal override string Summary => "Samples the counters of devices at once and then at every interval.";

    internal override Operands Operands { get; } = new(
        "NAME", "Names and wildcards of devices. A name that is not there yet is waited for.", IsRequired: true);

    internal override IReadOnlyList<Option> Options =>
        [_interval, _count, _json, _detailed, _peers, _space, _onDrop, _alertFor, .. _metrics.Options];

    internal override int Run(ParsedArguments arguments)
    {
        MetricsSettings? metrics = _metrics.Settings(arguments);
        var options = new LinkPollerOptions
        {
            Names = arguments.Operands,
            Interval = arguments.Duration(
                _interval, LinkPollerOptions.MinInterval, LinkPollerOptions.MaxInterval, "100 ms to 1 day")
                ?? DefaultInterval,
            MaxPolls = arguments.Count(_count, long.MaxValue),
            NetworkNamespace = arguments.Value(_space),
            IsDetailed = arguments.Has(_detailed),
            Metrics = metrics is null ? null : new PollerMetrics(),
        };
        if (options.FindFault() is { } fault)
        {
            throw new UsageException(fault.Message);
        }

        string? onDrop = arguments.Value(_onDrop);
        if (onDrop is null)
        {
            arguments.Refuse("has no effect without --exec-on-drop", _alertFor);
        }
        else if (string.IsNullOrWhiteSpace(onDrop))
        {
            throw new UsageException($"{_onDrop.Name} is empty; give a command for /bin/sh");
        }

        return PollRun.Run(
            new PollSettings(options, arguments.Has(_json), metrics)
            {
                OnDrop = onDrop,
                AlertFor = arguments.Duration(
                    _alertFor, TimeSpan.Zero, LinkPollerOptions.MaxInterval, "0 s to 1 day") ?? TimeSpan.Zero,
                Peers = arguments.Has(_peers) ? PeerPollerOptions.For(options) : null,
            },
            TimeProvider.System);
    }
}
