using TunStats.Metrics;

namespace TunStats.Peers;

/// <summary>The metrics of one device's peers.</summary>
/// <param name="device">The device.</param>
/// <param name="networkNamespace">The namespace that was named; null if none was.</param>
/// <param name="isUp">Whether the last reading succeeded.</param>
/// <param name="peers">The peers of the last successful reading.</param>
internal sealed class PeerDeviceSeries(string device, string? networkNamespace, bool isUp, PeerSeries[] peers)
{
    internal string Device => device;

    internal bool IsUp => isUp;

    internal PeerSeries[] Peers => peers;

    /// <summary>The labels, without braces.</summary>
    internal byte[] Labels { get; } = networkNamespace is null
        ? MetricsLabel.Pairs(("interface", device))
        : MetricsLabel.Pairs(("interface", device), ("namespace", networkNamespace));
}
