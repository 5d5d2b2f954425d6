using System;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>The settings of <c>tunstats poll</c>.</summary>
/// <param name="Options">What to poll, and how often; its Metrics are set if metrics are requested.</param>
/// <param name="IsJson">JSON instead of a table.</param>
/// <param name="Metrics">Where the metrics go; null for none.</param>
internal sealed record PollSettings(LinkPollerOptions Options, bool IsJson, MetricsSettings? Metrics)
{
    /// <summary>How to read the peers of the devices; null for none.</summary>
    internal PeerPollerOptions? Peers { get; init; }

    /// <summary>The command that runs when drops begin and end; null for none.</summary>
    internal string? OnDrop { get; init; }

    /// <summary>How long drops must go on before that command runs.</summary>
    internal TimeSpan AlertFor { get; init; }
}
