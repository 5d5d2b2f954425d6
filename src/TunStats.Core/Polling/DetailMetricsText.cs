using System;
using System.Buffers;
using System.Text;
using TunStats.Metrics;

namespace TunStats.Polling;

/// <summary>Writes the link state and the queueing discipline of devices.</summary>
internal static class DetailMetricsText
{
    private static readonly Family[] Families =
    [
        new(
            "tunstats_device_operational_state",
            "",
            "State of the link: 0 unknown, 1 not present, 2 down, 3 lower layer down, 4 testing, 5 dormant, 6 up.",
            static (in DetailMetrics d) => (ulong?)d.Link?.OperationalState),
        new(
            "tunstats_device_mtu_bytes",
            "bytes",
            "Largest packet that the device accepts.",
            static (in DetailMetrics d) => d.Link?.Mtu),
        new(
            "tunstats_device_tx_queue_length_packets",
            "packets",
            "Length of the transmit queue.",
            static (in DetailMetrics d) => d.Link?.TxQueueLength),
        new(
            "tunstats_device_carrier_changes",
            "changes",
            "Changes of the carrier.",
            static (in DetailMetrics d) => d.IsKnown ? d.CarrierChanges : null,
            isCounter: true),
        new(
            "tunstats_qdisc_drops",
            "drops",
            "Packets that the queueing discipline dropped.",
            static (in DetailMetrics d) => d.HasQueueTotals ? d.Drops : null,
            isCounter: true),
        new(
            "tunstats_qdisc_overlimits",
            "overlimits",
            "Times that the queueing discipline was over its limit.",
            static (in DetailMetrics d) => d.HasQueueTotals ? d.Overlimits : null,
            isCounter: true),
        new(
            "tunstats_qdisc_requeues",
            "requeues",
            "Packets that the device returned to the queueing discipline.",
            static (in DetailMetrics d) => d.HasQueueTotals ? d.Requeues : null,
            isCounter: true),
        new(
            "tunstats_qdisc_backlog_bytes",
            "bytes",
            "Bytes in the backlog of the queueing discipline.",
            static (in DetailMetrics d) => d.Queue?.BacklogBytes),
        new(
            "tunstats_qdisc_backlog_packets",
            "packets",
            "Packets in the backlog of the queueing discipline.",
            static (in DetailMetrics d) => d.Queue?.BacklogPackets),
    ];

    private delegate ulong? Reader(in DetailMetrics details);

    /// <summary>Writes all families with a value.</summary>
    internal static void Write(ReadOnlySpan<DeviceMetrics> devices, bool open, IBufferWriter<byte> buffer)
    {
        foreach (Family family in Families)
        {
            bool hasHead = false;
            foreach (ref readonly DeviceMetrics device in devices)
            {
                if (family.Read(device.Details) is not { } value)
                {
                    continue;
                }

                if (!hasHead)
                {
                    hasHead = true;
                    WriteHead(family, open, buffer);
                }

                MetricsText.Labelled(family.Name, family.Suffix, device.Label, value, buffer);
            }
        }
    }

    private static void WriteHead(Family family, bool open, IBufferWriter<byte> buffer)
    {
        if (family.IsCounter)
        {
            MetricsText.Counter(family.Name, family.Unit, family.Help, open, buffer);
        }
        else
        {
            MetricsText.Gauge(family.Name, family.Unit, family.Help, open, buffer);
        }
    }

    private sealed class Family(string name, string unit, string help, Reader read, bool isCounter = false)
    {
        internal byte[] Name { get; } = Encoding.ASCII.GetBytes(name);

        internal byte[] Unit { get; } = Encoding.ASCII.GetBytes(unit);

        internal byte[] Help { get; } = Encoding.ASCII.GetBytes(help);

        internal Reader Read { get; } = read;

        internal bool IsCounter { get; } = isCounter;

        internal ReadOnlySpan<byte> Suffix => IsCounter ? "_total"u8 : default;
    }
}
