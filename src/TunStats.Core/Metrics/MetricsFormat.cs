namespace TunStats.Metrics;

/// <summary>The two text formats of Prometheus.</summary>
internal enum MetricsFormat
{
    /// <summary>The Prometheus text format, version 0.0.4.</summary>
    Prometheus,

    /// <summary>OpenMetrics, version 1.0.0.</summary>
    OpenMetrics,
}
