using System;
using System.Buffers;
using System.Text;
using TunStats.Links;
using TunStats.Metrics;
using static TunStats.Metrics.MetricsText;

namespace TunStats.Polling;

/// <summary>
/// Writes a snapshot in either text format. They differ in the names of counters, which OpenMetrics gives to the family
/// without _total, in the units, which only OpenMetrics has, and in its end mark.
/// </summary>
internal static class PollerMetricsText
{
    // The table's texts as UTF-8, so that a scrape allocates no string.
    private static readonly (byte[] Name, byte[] Unit, byte[] Help)[] Families = Encode();

    /// <summary>Writes a snapshot, without an end mark.</summary>
    /// <param name="snapshot">The totals.</param>
    /// <param name="poller">The labels of the poller's own series.</param>
    /// <param name="hasSpace">Whether a namespace was named; it is then a label of the devices.</param>
    /// <param name="format">The text format.</param>
    /// <param name="buffer">Receives the text.</param>
    internal static void Write(
        MetricsSnapshot snapshot,
        ReadOnlySpan<byte> poller,
        bool hasSpace,
        MetricsFormat format,
        IBufferWriter<byte> buffer)
    {
        bool open = format == MetricsFormat.OpenMetrics;
        if (!snapshot.Devices.IsEmpty)
        {
            WriteDevices(snapshot.Devices, hasSpace, open, buffer);
        }

        PollCounts counts = snapshot.Counts;
        Counter("tunstats_polls"u8, "polls"u8, "Polls of this poller, including failed ones."u8, open, buffer);
        Own("tunstats_polls_total"u8, poller, counts.Polls, buffer);
        Counter("tunstats_failed_polls"u8, "polls"u8, "Polls of this poller that failed."u8, open, buffer);
        Own("tunstats_failed_polls_total"u8, poller, counts.FailedPolls, buffer);
        Counter(
            "tunstats_missed_beats"u8, "beats"u8, "Ticks of this poller that passed without a poll."u8, open, buffer);
        Own("tunstats_missed_beats_total"u8, poller, counts.MissedBeats, buffer);
        Counter(
            "tunstats_dropped_samples"u8, "samples"u8, "Samples lost because their reader was too slow."u8, open,
            buffer);
        Own("tunstats_dropped_samples_total"u8, poller, counts.DroppedSamples, buffer);
        Seconds(
            "tunstats_last_poll_timestamp_seconds"u8, "When the last poll ended, as Unix time."u8, poller,
            counts.LastPoll, open, buffer);
        Seconds(
            "tunstats_poll_duration_seconds"u8, "How long the last poll took."u8, poller, counts.Duration, open,
            buffer);
    }

    private static (byte[] Name, byte[] Unit, byte[] Help)[] Encode()
    {
        var families = new (byte[] Name, byte[] Unit, byte[] Help)[LinkCounterTable.All.Count];
        for (int i = 0; i < families.Length; i++)
        {
            LinkCounterInfo counter = LinkCounterTable.All[i];
            families[i] = (
                Encoding.ASCII.GetBytes("tunstats_" + counter.MetricName),
                Encoding.ASCII.GetBytes(counter.Unit),
                Encoding.ASCII.GetBytes(counter.Help));
        }

        return families;
    }

    private static void WriteDevices(
        ReadOnlySpan<DeviceMetrics> devices, bool hasSpace, bool open, IBufferWriter<byte> buffer)
    {
        WriteQueueDrops(devices, open, buffer);
        for (int i = 0; i < Families.Length; i++)
        {
            WriteCounter(devices, i, open, buffer);
        }

        Gauge(
            "tunstats_device_up"u8, default, "Whether the last poll found and read the device."u8, open, buffer);
        foreach (ref readonly DeviceMetrics device in devices)
        {
            Labelled("tunstats_device_up"u8, default, device.Label, device.IsPresent ? 1ul : 0ul, buffer);
        }

        ReadOnlySpan<byte> suffix = open ? default : "_info"u8;
        Comment("# HELP "u8, "tunstats_device"u8, suffix, "Kind and index of the device."u8, buffer);
        Comment("# TYPE "u8, "tunstats_device"u8, suffix, open ? "info"u8 : "gauge"u8, buffer);
        foreach (ref readonly DeviceMetrics device in devices)
        {
            buffer.Write("tunstats_device_info{device=\""u8);
            buffer.Write(device.Label);
            buffer.Write("\","u8);
            buffer.Write(device.InfoLabels);
            buffer.Write(hasSpace ? default : ",namespace=\"\""u8);
            buffer.Write("} 1\n"u8);
        }

        DetailMetricsText.Write(devices, open, buffer);
    }

    /// <summary>
    /// The original's metric. Its name lacks the _total of counters, so neither format declares it as one: Prometheus
    /// text says untyped; OpenMetrics says nothing, which means the same and is accepted by readers of the older format
    /// (they reject the word unknown).
    /// </summary>
    private static void WriteQueueDrops(ReadOnlySpan<DeviceMetrics> devices, bool open, IBufferWriter<byte> buffer)
    {
        buffer.Write(
            "# HELP tundev_txq_drops Packets dropped by the device's transmit queue.\n"u8);
        buffer.Write(open ? "# UNIT tundev_txq_drops drops\n"u8 : "# TYPE tundev_txq_drops untyped\n"u8);
        foreach (ref readonly DeviceMetrics device in devices)
        {
            Labelled(
                "tundev_txq_drops"u8, default, device.Label, device.Totals[LinkCounterTable.TxDropped], buffer);
        }
    }

    private static void WriteCounter(
        ReadOnlySpan<DeviceMetrics> devices, int index, bool open, IBufferWriter<byte> buffer)
    {
        bool hasHead = false;
        (byte[] name, byte[] unit, byte[] help) = Families[index];
        foreach (ref readonly DeviceMetrics device in devices)
        {
            if (!device.Totals.Has(index))
            {
                continue;
            }

            if (!hasHead)
            {
                hasHead = true;
                Counter(name, unit, help, open, buffer);
            }

            Labelled(name, "_total"u8, device.Label, device.Totals[index], buffer);
        }
    }

    /// <summary>Writes a number about the poller itself.</summary>
    private static void Own(ReadOnlySpan<byte> name, ReadOnlySpan<byte> poller, long value, IBufferWriter<byte> buffer)
    {
        OwnName(name, poller, buffer);
        buffer.Write((ulong)value);
        buffer.Write("\n"u8);
    }

    /// <summary>Writes a gauge of seconds about the poller itself.</summary>
    private static void Seconds(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> help,
        ReadOnlySpan<byte> poller,
        TimeSpan value,
        bool open,
        IBufferWriter<byte> buffer)
    {
        Gauge(name, "seconds"u8, help, open, buffer);
        OwnName(name, poller, buffer);
        buffer.WriteSeconds(value);
        buffer.Write("\n"u8);
    }

    private static void OwnName(ReadOnlySpan<byte> name, ReadOnlySpan<byte> poller, IBufferWriter<byte> buffer)
    {
        buffer.Write(name);
        buffer.Write("{"u8);
        buffer.Write(poller);
        buffer.Write("} "u8);
    }
}
