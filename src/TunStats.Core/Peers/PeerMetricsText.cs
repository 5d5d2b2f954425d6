using System;
using System.Buffers;
using TunStats.Metrics;

namespace TunStats.Peers;

/// <summary>
/// Writes the series of peers in either text format. Bytes and handshakes have the names of
/// prometheus_wireguard_exporter, so that dashboards and alerts made for it go on.
/// </summary>
internal static class PeerMetricsText
{
    /// <summary>Writes all families, without an end mark.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="series">The peers of all devices.</param>
    /// <param name="now">The time of the scrape, UTC.</param>
    /// <param name="format">The text format.</param>
    /// <param name="buffer">Receives the text.</param>
    internal static void Write(
        PeerDeviceSeries[] devices, PeerSeries[] series, DateTime now, MetricsFormat format, IBufferWriter<byte> buffer)
    {
        bool open = format == MetricsFormat.OpenMetrics;
        if (devices.Length > 0)
        {
            WriteUp(devices, open, buffer);
        }

        if (series.Length > 0)
        {
            WritePeers(series, now, open, buffer);
        }
    }

    private static void WriteUp(PeerDeviceSeries[] devices, bool open, IBufferWriter<byte> buffer)
    {
        ReadOnlySpan<byte> name = "tunstats_peers_up"u8;
        MetricsText.Gauge(name, default, "Whether the last reading of the device's peers succeeded."u8, open, buffer);
        foreach (PeerDeviceSeries device in devices)
        {
            Sample(name, default, device.Labels, default, device.IsUp ? 1ul : 0, buffer);
        }
    }

    private static void WritePeers(PeerSeries[] series, DateTime now, bool open, IBufferWriter<byte> buffer)
    {
        Counter(
            "wireguard_sent_bytes"u8, "bytes"u8, "Bytes sent to the peer, below the tunnel."u8, series,
            static peer => peer.TxBytes, open, buffer);
        Counter(
            "wireguard_received_bytes"u8, "bytes"u8, "Bytes received from the peer, below the tunnel."u8, series,
            static peer => peer.RxBytes, open, buffer);
        Gauge(
            "wireguard_latest_handshake_seconds"u8, "seconds"u8,
            "When the last handshake was, as Unix time; 0 where there was none."u8, series,
            static (peer, _) => peer.LastHandshake is { } time ? PeerSeries.UnixSeconds(time) : 0, now, open, buffer);
        Gauge(
            "wireguard_latest_handshake_delay_seconds"u8, "seconds"u8, "Time since the last handshake."u8, series,
            static (peer, now) => peer.LastHandshake is { } time
                ? PeerSeries.UnixSeconds(now) - Math.Min(PeerSeries.UnixSeconds(time), PeerSeries.UnixSeconds(now))
                : null,
            now, open, buffer);
        Gauge(
            "tunstats_peer_online"u8, default, "Whether the control server sees the peer."u8, series,
            static (peer, _) => peer.Online is { } online ? (online ? 1ul : 0) : null, now, open, buffer);
        WritePaths(series, open, buffer);
        Counter(
            "tunstats_peer_path_changes"u8, "changes"u8, "Changes of the path to the peer."u8, series,
            static peer => peer.PathChangeCount, open, buffer);
        Gauge(
            "tunstats_peer_path_since_seconds"u8, "seconds"u8,
            "Since when packets take the current path, as Unix time."u8, series,
            static (peer, _) => peer.PathSince is { } time ? PeerSeries.UnixSeconds(time) : null, now, open, buffer);
        WriteInfo(series, open, buffer);
    }

    private static void Counter(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> unit,
        ReadOnlySpan<byte> help,
        PeerSeries[] series,
        Func<TunPeer, ulong> value,
        bool open,
        IBufferWriter<byte> buffer)
    {
        MetricsText.Counter(name, unit, help, open, buffer);
        foreach (PeerSeries one in series)
        {
            Sample(name, "_total"u8, one.Labels, default, value(one.Peer), buffer);
        }
    }

    private static void Gauge(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> unit,
        ReadOnlySpan<byte> help,
        PeerSeries[] series,
        Func<TunPeer, DateTime, ulong?> value,
        DateTime now,
        bool open,
        IBufferWriter<byte> buffer)
    {
        MetricsText.Gauge(name, unit, help, open, buffer);
        foreach (PeerSeries one in series)
        {
            if (value(one.Peer, now) is { } known)
            {
                Sample(name, default, one.Labels, default, known, buffer);
            }
        }
    }

    private static void WritePaths(PeerSeries[] series, bool open, IBufferWriter<byte> buffer)
    {
        ReadOnlySpan<byte> name = "tunstats_peer_path_bytes"u8;
        ReadOnlySpan<byte> help = "Bytes to and from the peer by path, since the first reading."u8;
        MetricsText.Counter(name, "bytes"u8, help, open, buffer);
        foreach (PeerSeries one in series)
        {
            PeerPathTotals totals = one.Peer.Totals;
            Path(one, "path=\"direct\",direction=\"rx\""u8, totals.DirectRxBytes, buffer);
            Path(one, "path=\"direct\",direction=\"tx\""u8, totals.DirectTxBytes, buffer);
            if (one.Peer.Source == PeerSourceKind.Tailscale)
            {
                Path(one, "path=\"derp\",direction=\"rx\""u8, totals.DerpRxBytes, buffer);
                Path(one, "path=\"derp\",direction=\"tx\""u8, totals.DerpTxBytes, buffer);
                Path(one, "path=\"peer_relay\",direction=\"rx\""u8, totals.PeerRelayRxBytes, buffer);
                Path(one, "path=\"peer_relay\",direction=\"tx\""u8, totals.PeerRelayTxBytes, buffer);
            }
        }

        static void Path(PeerSeries one, ReadOnlySpan<byte> labels, ulong bytes, IBufferWriter<byte> buffer) =>
            Sample("tunstats_peer_path_bytes"u8, "_total"u8, one.Labels, labels, bytes, buffer);
    }

    private static void WriteInfo(PeerSeries[] series, bool open, IBufferWriter<byte> buffer)
    {
        ReadOnlySpan<byte> suffix = open ? default : "_info"u8;
        ReadOnlySpan<byte> help = "Identity and endpoint of the peer."u8;
        MetricsText.Comment("# HELP "u8, "tunstats_peer"u8, suffix, help, buffer);
        MetricsText.Comment("# TYPE "u8, "tunstats_peer"u8, suffix, open ? "info"u8 : "gauge"u8, buffer);
        foreach (PeerSeries one in series)
        {
            Sample("tunstats_peer"u8, "_info"u8, one.Labels, one.InfoLabels, 1, buffer);
        }
    }

    private static void Sample(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> labels,
        ReadOnlySpan<byte> more,
        ulong value,
        IBufferWriter<byte> buffer)
    {
        buffer.Write(name);
        buffer.Write(suffix);
        buffer.Write("{"u8);
        buffer.Write(labels);
        buffer.Write(more.IsEmpty ? default : ","u8);
        buffer.Write(more);
        buffer.Write("} "u8);
        buffer.Write(value);
        buffer.Write("\n"u8);
    }
}
