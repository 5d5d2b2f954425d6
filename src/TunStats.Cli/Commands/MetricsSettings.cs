using TunStats.Metrics;

namespace TunStats.Cli.Commands;

/// <summary>Where metrics go.</summary>
/// <param name="File">The path of the metrics file; null for none.</param>
/// <param name="KeepsFile">Whether the file stays at every end.</param>
/// <param name="Address">Where to serve the metrics; null for nowhere.</param>
/// <param name="Hosts">The hosts that requests may name.</param>
internal sealed record MetricsSettings(
    string? File, bool KeepsFile, MetricsEndpointAddress? Address, MetricsHosts Hosts);
