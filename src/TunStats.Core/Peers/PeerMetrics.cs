using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using TunStats.Metrics;

namespace TunStats.Peers;

/// <summary>
/// The peers of tunnels for Prometheus: pollers store the last reading of each device here, any number of scrapes read
/// them, from any thread.
/// </summary>
/// <param name="timeProvider">The clock of ages; null for the system's.</param>
/// <param name="networkNamespace">
/// The namespace that was named, which is then a label: devices of two namespaces may have the same name.
/// </param>
internal sealed class PeerMetrics(TimeProvider? timeProvider = null, string? networkNamespace = null) : IMetricsPart
{
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private readonly object _gate = new();
    private readonly SortedDictionary<string, PeerDeviceSeries> _devices = new(StringComparer.Ordinal);

    // Copy on write, so that a scrape holds the lock only briefly.
    private PeerDeviceSeries[] _shown = [];
    private PeerSeries[] _series = [];

    /// <summary>Stores a reading of a device's peers, replacing the previous one.</summary>
    /// <param name="report">The reading.</param>
    public void Update(PeerReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Put(new PeerDeviceSeries(
            report.Snapshot.Device,
            networkNamespace,
            isUp: true,
            [.. report.Snapshot.Peers.Select(peer => new PeerSeries(peer, networkNamespace))]));
    }

    /// <summary>Marks a device whose peers cannot be read; those of the last reading stay.</summary>
    /// <param name="device">The device.</param>
    public void SetFailing(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_gate)
        {
            PeerSeries[] peers = _devices.TryGetValue(device, out PeerDeviceSeries? last) ? last.Peers : [];
            Put(new PeerDeviceSeries(device, networkNamespace, isUp: false, peers));
        }
    }

    /// <summary>Removes the peers of a device whose layer is absent.</summary>
    /// <param name="device">The device.</param>
    public void Remove(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_gate)
        {
            _devices.Remove(device);
            Show();
        }
    }

    /// <summary>Writes the series of all peers as a complete text.</summary>
    /// <param name="format">The text format.</param>
    /// <returns>The text as UTF-8; empty without devices.</returns>
    public byte[] ToUtf8(MetricsFormat format)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(format, buffer);
        if (format == MetricsFormat.OpenMetrics)
        {
            buffer.Write("# EOF\n"u8);
        }

        return buffer.WrittenSpan.ToArray();
    }

    void IMetricsPart.Write(MetricsFormat format, IBufferWriter<byte> buffer) => Write(format, buffer);

    /// <summary>Appends the series of all peers, without an end mark.</summary>
    internal void Write(MetricsFormat format, IBufferWriter<byte> buffer)
    {
        PeerDeviceSeries[] devices;
        PeerSeries[] series;
        lock (_gate)
        {
            (devices, series) = (_shown, _series);
        }

        PeerMetricsText.Write(devices, series, _timeProvider.GetUtcNow().UtcDateTime, format, buffer);
    }

    private void Put(PeerDeviceSeries device)
    {
        lock (_gate)
        {
            _devices[device.Device] = device;
            Show();
        }
    }

    private void Show()
    {
        _shown = [.. _devices.Values];
        _series = [.. _shown.SelectMany(static device => device.Peers)];
    }
}
