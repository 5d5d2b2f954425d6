using System.Collections.Generic;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Links;

/// <summary>
/// The counters of the root queueing discipline of a device (TCA_STATS2). Packets lost here appear in no counter of the
/// device.
/// </summary>
/// <param name="Drops">Packets dropped; counts modulo 2^32.</param>
/// <param name="Overlimits">How often the discipline was over its limit; modulo 2^32.</param>
/// <param name="Requeues">Packets that the device returned; modulo 2^32.</param>
/// <param name="BacklogBytes">Bytes that wait.</param>
/// <param name="BacklogPackets">Packets that wait.</param>
internal readonly record struct QdiscStats(
    uint Drops, uint Overlimits, uint Requeues, uint BacklogBytes, uint BacklogPackets)
{
    /// <summary>Collects the root disciplines of an RTM_GETQDISC dump.</summary>
    internal readonly struct Collector() : INetlinkVisitor
    {
        internal Dictionary<int, QdiscStats> ByIndex { get; } = [];

        public void Restart() => ByIndex.Clear();

        public void Visit(scoped in NetlinkMessage message)
        {
            tcmsg fixedPart = message.ReadFixed<tcmsg>(out System.ReadOnlySpan<byte> bytes);
            if (fixedPart.tcm_parent != TC_H_ROOT)
            {
                return;
            }

            var attributes = new NetlinkAttributeReader(bytes);
            while (attributes.Read())
            {
                if (attributes.Type == TCA_STATS2 && TryParse(attributes.Value, out QdiscStats stats))
                {
                    ByIndex[fixedPart.tcm_ifindex] = stats;
                }
            }
        }
    }

    private static bool TryParse(System.ReadOnlySpan<byte> nested, out QdiscStats stats)
    {
        var attributes = new NetlinkAttributeReader(nested);
        while (attributes.Read())
        {
            if (attributes.Type == TCA_STATS_QUEUE)
            {
                gnet_stats_queue queue = attributes.ReadNumber<gnet_stats_queue>(nameof(TCA_STATS_QUEUE));
                stats = new QdiscStats(queue.drops, queue.overlimits, queue.requeues, queue.backlog, queue.qlen);
                return true;
            }
        }

        stats = default;
        return false;
    }
}
