using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Metrics;

namespace TunStats.Peers;

/// <summary>
/// The peers of tunnels for Prometheus: whoever looks at them leaves the last look of each device here, any number of
/// scrapes take them, from any thread.
/// </summary>
/// <param name="timeProvider">The clock of ages; null for the system's.</param>
public sealed class PeerMetrics(TimeProvider? timeProvider = null)
{
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private readonly object _gate = new();
    private readonly SortedDictionary<string, PeerSeries[]> _devices = new(StringComparer.Ordinal);

    // Replaced as a whole, so that a scrape holds the lock for no time.
    private PeerSeries[] _series = [];

    /// <summary>Takes a look at the peers of a device, in place of the one before.</summary>
    /// <param name="report">The look.</param>
    public void Update(PeerReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        PeerSeries[] series = [.. report.Snapshot.Peers.Select(peer => new PeerSeries(peer))];
        lock (_gate)
        {
            _devices[report.Snapshot.Device] = series;
            _series = [.. _devices.Values.SelectMany(static device => device)];
        }
    }

    /// <summary>Forgets the peers of a device, whose layer is absent.</summary>
    /// <param name="device">The device.</param>
    public void Remove(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_gate)
        {
            _devices.Remove(device);
            _series = [.. _devices.Values.SelectMany(static series => series)];
        }
    }

    /// <summary>Writes the series of all peers as a text of its own.</summary>
    /// <param name="format">Which text.</param>
    /// <returns>The text as UTF-8; without a peer it has no series.</returns>
    public byte[] ToUtf8(MetricsFormat format)
    {
        var buffer = new Utf8Buffer();
        Write(format, buffer);
        if (format == MetricsFormat.OpenMetrics)
        {
            buffer.Append("# EOF\n"u8);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>Appends the series of all peers, without an end mark.</summary>
    internal void Write(MetricsFormat format, Utf8Buffer buffer)
    {
        PeerSeries[] series;
        lock (_gate)
        {
            series = _series;
        }

        PeerMetricsText.Write(series, _timeProvider.GetUtcNow().UtcDateTime, format, buffer);
    }
}
