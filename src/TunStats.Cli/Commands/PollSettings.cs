using System;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>What <c>tunstats poll</c> was told to do.</summary>
/// <param name="Options">What to poll, and how often; its Metrics are there where somebody asks for metrics.</param>
/// <param name="IsJson">JSON instead of a table.</param>
/// <param name="Metrics">Where the metrics go; null where nobody asks for them.</param>
internal sealed record PollSettings(LinkPollerOptions Options, bool IsJson, MetricsSettings? Metrics)
{
    /// <summary>How to look at the peers of the devices; null where nobody asks for them.</summary>
    internal PeerPollerOptions? Peers { get; init; }

    /// <summary>The command that runs when drops begin and end; null for none.</summary>
    internal string? OnDrop { get; init; }

    /// <summary>How long drops must go on before that command runs.</summary>
    internal TimeSpan AlertFor { get; init; }
}
