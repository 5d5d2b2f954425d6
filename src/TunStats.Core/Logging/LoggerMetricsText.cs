using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using TunStats.Export;
using TunStats.Metrics;
using TunStats.Peers;

namespace TunStats.Logging;

/// <summary>Writes the totals of a logger and its sinks in either text format.</summary>
internal static class LoggerMetricsText
{
    private static readonly Family<NetLoggerStatus>[] OfLogger =
    [
        new("tunstats_logger_windows", "windows", "Windows that ended.", s => (ulong)s.Windows, IsCounter: true),
        new("tunstats_logger_flows", "flows", "Connections in all windows.", s => (ulong)s.Flows, IsCounter: true),
        new("tunstats_logger_messages", "messages", "Messages made.", s => (ulong)s.Messages, IsCounter: true),
        new("tunstats_logger_bytes", "bytes", "Bytes of messages as JSON.", s => (ulong)s.Bytes, IsCounter: true),
        new(
            "tunstats_logger_lost_packets",
            "packets",
            "Packets that were not counted because the ring was full.",
            s => s.PacketsLost,
            IsCounter: true),
        new("tunstats_logger_start_seconds", "seconds", "When it began, as Unix time.", s => Unix(s.Since)),
        new(
            "tunstats_logger_last_window_seconds",
            "seconds",
            "End of the last window, as Unix time.",
            s => Unix(s.LastWindow)),
    ];

    private static readonly Family<SinkStatus>[] OfSinks =
    [
        new(
            "tunstats_logger_sink_messages",
            "messages",
            "Messages that the destination has taken.",
            s => (ulong)s.SentMessages,
            IsCounter: true),
        new(
            "tunstats_logger_sink_bytes",
            "bytes",
            "Bytes of these messages as JSON.",
            s => (ulong)s.SentBytes,
            IsCounter: true),
        new(
            "tunstats_logger_sink_retries",
            "retries",
            "Attempts that failed and were repeated.",
            s => (ulong)s.Retries,
            IsCounter: true),
        new(
            "tunstats_logger_sink_queued_messages",
            "messages",
            "Messages that wait in memory.",
            s => (ulong)s.QueuedMessages),
        new(
            "tunstats_logger_sink_spooled_bytes",
            "bytes",
            "Bytes of messages that wait on disk.",
            s => (ulong)s.SpooledBytes),
        new("tunstats_logger_sink_failing", "", "Whether the last attempt failed.", s => s.IsFailing ? 1ul : 0),
        new(
            "tunstats_logger_sink_last_success_seconds",
            "seconds",
            "When the destination last took messages, as Unix time.",
            s => Unix(s.LastSuccessTime)),
    ];

    private static readonly Family<(byte[] Labels, long Count)> Drops = new(
        "tunstats_logger_sink_dropped_messages",
        "messages",
        "Messages that were dropped, by cause.",
        drop => (ulong)drop.Count,
        IsCounter: true);

    /// <summary>Writes all families, without an end mark.</summary>
    internal static void Write(NetLoggerStatus status, bool open, IBufferWriter<byte> buffer)
    {
        List<(string, string)> own = [("logger", status.Name), ("device", status.Device)];
        if (status.NetworkNamespace is { } space)
        {
            own.Add(("namespace", space));
        }

        byte[] labels = MetricsLabel.Pairs([.. own]);
        foreach (Family<NetLoggerStatus> family in OfLogger)
        {
            Write(family, [(labels, status)], open, buffer);
        }

        List<(byte[], SinkStatus)> sinks =
            [.. status.Sinks.Select(sink => (MetricsLabel.Pairs([.. own, ("sink", sink.Name)]), sink))];
        foreach (Family<SinkStatus> family in OfSinks)
        {
            Write(family, sinks, open, buffer);
        }

        Write(Drops, [.. status.Sinks.SelectMany(sink => Causes(own, sink)).Select(c => (c.Labels, c))], open, buffer);
    }

    private static IEnumerable<(byte[] Labels, long Count)> Causes(List<(string, string)> own, SinkStatus sink)
    {
        (string, long)[] causes =
        [
            ("queue_full", sink.Drops.QueueFull),
            ("refused", sink.Drops.Refused),
            ("too_large", sink.Drops.TooLarge),
            ("stopped", sink.Drops.Stopped),
            ("damaged", sink.Drops.Damaged),
        ];
        return causes.Select(cause =>
            (MetricsLabel.Pairs([.. own, ("sink", sink.Name), ("cause", cause.Item1)]), cause.Item2));
    }

    private static void Write<T>(
        Family<T> family, IReadOnlyList<(byte[] Labels, T Value)> series, bool open, IBufferWriter<byte> buffer)
    {
        byte[] name = Encoding.ASCII.GetBytes(family.Name);
        byte[] unit = Encoding.ASCII.GetBytes(family.Unit);
        byte[] help = Encoding.ASCII.GetBytes(family.Help);
        bool hasHead = false;
        foreach ((byte[] labels, T value) in series)
        {
            if (family.Read(value) is not { } number)
            {
                continue;
            }

            if (!hasHead && family.IsCounter)
            {
                MetricsText.Counter(name, unit, help, open, buffer);
            }
            else if (!hasHead)
            {
                MetricsText.Gauge(name, unit, help, open, buffer);
            }

            hasHead = true;
            MetricsText.Sample(name, family.IsCounter ? "_total"u8 : default, labels, number, buffer);
        }
    }

    private static ulong? Unix(DateTime? time) => time is { } known ? PeerSeries.UnixSeconds(known) : null;

    private sealed record Family<T>(
        string Name, string Unit, string Help, Func<T, ulong?> Read, bool IsCounter = false);
}
