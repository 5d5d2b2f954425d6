using TunStats.Metrics;
using TunStats.Peers;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>What <c>tunstats poll</c> was told to do.</summary>
/// <param name="Options">What to poll, and how often; its Metrics are there where a file or an address is.</param>
/// <param name="IsJson">JSON instead of a table.</param>
/// <param name="MetricsFile">The path of the metrics file; null for none.</param>
/// <param name="MetricsAddress">Where to serve the metrics; null for nowhere.</param>
internal sealed record PollSettings(
    LinkPollerOptions Options,
    bool IsJson,
    string? MetricsFile,
    MetricsEndpointAddress? MetricsAddress)
{
    /// <summary>Whether the file stays at every end; else it stays after the last of its polls alone.</summary>
    internal bool KeepsMetricsFile { get; init; }

    /// <summary>The hosts that requests may name; null for addresses and localhost alone.</summary>
    internal MetricsHosts? MetricsHosts { get; init; }

    /// <summary>How to look at the peers of the devices; null where nobody asks for them.</summary>
    internal PeerPollerOptions? Peers { get; init; }
}
