using System;

namespace TunStats.Polling;

/// <summary>
/// Writes a snapshot in either text format. They differ in the names of counters, which OpenMetrics gives to the family
/// without _total, in the units, which only OpenMetrics tells, and in its end mark.
/// </summary>
internal static class MetricsText
{
    /// <summary>How many bytes <see cref="IsOwnStart"/> looks at.</summary>
    internal const int LongestStart = 32;

    private delegate ulong Selector(in DeviceMetrics device);

    /// <summary>Whether a text starts as every text does that is written here, and was by earlier versions.</summary>
    /// <param name="start">The first bytes of a file.</param>
    internal static bool IsOwnStart(ReadOnlySpan<byte> start) =>
        start.StartsWith("# HELP tundev_txq_drops "u8) || start.StartsWith("# HELP tunstats_polls"u8);

    internal static void Write(MetricsSnapshot snapshot, MetricsFormat format, Utf8Buffer buffer)
    {
        bool open = format == MetricsFormat.OpenMetrics;
        if (!snapshot.Devices.IsEmpty)
        {
            WriteDevices(snapshot.Devices, open, buffer);
        }

        Counter("tunstats_polls"u8, "polls"u8, "Polls of this poller, failed ones too."u8, open, buffer);
        Sample("tunstats_polls_total "u8, (ulong)snapshot.Counts.Polls, buffer);
        Counter("tunstats_failed_polls"u8, "polls"u8, "Polls of this poller that failed."u8, open, buffer);
        Sample("tunstats_failed_polls_total "u8, (ulong)snapshot.Counts.FailedPolls, buffer);
        Counter(
            "tunstats_missed_beats"u8, "beats"u8, "Beats of this poller that passed without a poll."u8, open, buffer);
        Sample("tunstats_missed_beats_total "u8, (ulong)snapshot.Counts.MissedBeats, buffer);
        if (open)
        {
            buffer.Append("# EOF\n"u8);
        }
    }

    private static void WriteDevices(ReadOnlySpan<DeviceMetrics> devices, bool open, Utf8Buffer buffer)
    {
        WriteQueueDrops(devices, open, buffer);
        Family(
            "tunstats_receive_bytes"u8, "bytes"u8, "Bytes that came in through the device."u8,
            static (in DeviceMetrics d) => d.RxBytes, devices, open, buffer);
        Family(
            "tunstats_transmit_bytes"u8, "bytes"u8, "Bytes that the device sent."u8,
            static (in DeviceMetrics d) => d.TxBytes, devices, open, buffer);
        Family(
            "tunstats_receive_packets"u8, "packets"u8, "Packets that came in through the device."u8,
            static (in DeviceMetrics d) => d.RxPackets, devices, open, buffer);
        Family(
            "tunstats_transmit_packets"u8, "packets"u8, "Packets that the device sent."u8,
            static (in DeviceMetrics d) => d.TxPackets, devices, open, buffer);
        Family(
            "tunstats_receive_errors"u8, "errors"u8, "Packets that came in bad."u8,
            static (in DeviceMetrics d) => d.RxErrors, devices, open, buffer);
        Family(
            "tunstats_transmit_errors"u8, "errors"u8, "Packets that could not be sent because of an error."u8,
            static (in DeviceMetrics d) => d.TxErrors, devices, open, buffer);
        Family(
            "tunstats_receive_drops"u8, "drops"u8, "Packets that came in and were dropped unprocessed."u8,
            static (in DeviceMetrics d) => d.RxDropped, devices, open, buffer);
        Family(
            "tunstats_transmit_drops"u8, "drops"u8, "Packets dropped on their way out."u8,
            static (in DeviceMetrics d) => d.TxDropped, devices, open, buffer);
        WriteUp(devices, buffer);
    }

    /// <summary>
    /// The original's metric. Its name lacks the _total that both formats want of a counter, so neither is told that it
    /// is one: Prometheus text says untyped; OpenMetrics says nothing, which means the same, and which readers of the
    /// older format take too (they refuse the word unknown).
    /// </summary>
    private static void WriteQueueDrops(ReadOnlySpan<DeviceMetrics> devices, bool open, Utf8Buffer buffer)
    {
        buffer.Append(
            "# HELP tundev_txq_drops Packets that the device's transmit queue did not take.\n"u8);
        buffer.Append(open ? "# UNIT tundev_txq_drops drops\n"u8 : "# TYPE tundev_txq_drops untyped\n"u8);
        foreach (ref readonly DeviceMetrics device in devices)
        {
            Labelled("tundev_txq_drops"u8, default, device.Label, device.TxDropped, buffer);
        }
    }

    private static void WriteUp(ReadOnlySpan<DeviceMetrics> devices, Utf8Buffer buffer)
    {
        buffer.Append("# HELP tunstats_device_up Whether the device was there and read by the last poll.\n"u8);
        buffer.Append("# TYPE tunstats_device_up gauge\n"u8);
        foreach (ref readonly DeviceMetrics device in devices)
        {
            Labelled("tunstats_device_up"u8, default, device.Label, device.IsPresent ? 1ul : 0ul, buffer);
        }
    }

    private static void Family(
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> unit,
        ReadOnlySpan<byte> help,
        Selector selector,
        ReadOnlySpan<DeviceMetrics> devices,
        bool open,
        Utf8Buffer buffer)
    {
        Counter(name, unit, help, open, buffer);
        foreach (ref readonly DeviceMetrics device in devices)
        {
            Labelled(name, "_total"u8, device.Label, selector(device), buffer);
        }
    }

    private static void Counter(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help, bool open, Utf8Buffer buffer)
    {
        ReadOnlySpan<byte> suffix = open ? default : "_total"u8;
        Comment("# HELP "u8, name, suffix, help, buffer);
        Comment("# TYPE "u8, name, suffix, "counter"u8, buffer);
        if (open)
        {
            Comment("# UNIT "u8, name, suffix, unit, buffer);
        }
    }

    private static void Comment(
        ReadOnlySpan<byte> keyword,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> suffix,
        ReadOnlySpan<byte> text,
        Utf8Buffer buffer)
    {
        buffer.Append(keyword);
        buffer.Append(name);
        buffer.Append(suffix);
        buffer.Append(" "u8);
        buffer.Append(text);
        buffer.Append("\n"u8);
    }

    private static void Labelled(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> label, ulong value, Utf8Buffer buffer)
    {
        buffer.Append(name);
        buffer.Append(suffix);
        buffer.Append("{device=\""u8);
        buffer.Append(label);
        Sample("\"} "u8, value, buffer);
    }

    private static void Sample(ReadOnlySpan<byte> before, ulong value, Utf8Buffer buffer)
    {
        buffer.Append(before);
        buffer.Append(value);
        buffer.Append("\n"u8);
    }
}
