namespace TunStats.Links;

/// <summary>
/// The counters of one interface with the state of its link and what its queueing discipline counts. A snapshot: it
/// never changes.
/// </summary>
public sealed class DetailedLinkStats : RtnlLinkStats64
{
    private readonly QdiscStats? _queue;

    internal DetailedLinkStats(RtnlLinkStats64 stats, LinkInfo link, QdiscStats? queue)
        : base(stats.Name, stats.Index, stats.Kind, stats.Timestamp, stats.Counters)
    {
        OperationalState = link.OperationalState;
        CarrierChanges = link.CarrierChanges;
        Mtu = link.Mtu;
        TxQueueLength = link.TxQueueLength;
        Qdisc = link.Qdisc;
        _queue = queue;
    }

    /// <summary>The operational state. Source: IFLA_OPERSTATE.</summary>
    public OperationalState OperationalState { get; }

    /// <summary>Number of carrier changes since the device was created. Source: IFLA_CARRIER_CHANGES.</summary>
    public uint CarrierChanges { get; }

    /// <summary>The largest packet in bytes, without the link's header. Source: IFLA_MTU.</summary>
    public uint Mtu { get; }

    /// <summary>The length of the transmit queue in packets. Source: IFLA_TXQLEN.</summary>
    public uint TxQueueLength { get; }

    /// <summary>
    /// The name of the root queueing discipline, such as <c>fq_codel</c>; <c>noqueue</c> where there is none. Source:
    /// IFLA_QDISC.
    /// </summary>
    public string Qdisc { get; }

    /// <summary>
    /// Packets that the queueing discipline dropped; they are in no counter of the device. Unit: packets, modulo 2^32;
    /// null if there is no discipline. Source: drops of struct gnet_stats_queue (linux/gen_stats.h).
    /// </summary>
    public uint? QdiscDrops => _queue?.Drops;

    /// <summary>
    /// How often the discipline was over its limit. Unit: events, modulo 2^32; null if there is no discipline.
    /// Source: overlimits of struct gnet_stats_queue (linux/gen_stats.h).
    /// </summary>
    public uint? QdiscOverlimits => _queue?.Overlimits;

    /// <summary>
    /// Packets that the device returned to the discipline. Unit: packets, modulo 2^32; null if there is no
    /// discipline. Source: requeues of struct gnet_stats_queue (linux/gen_stats.h).
    /// </summary>
    public uint? QdiscRequeues => _queue?.Requeues;

    /// <summary>
    /// Backlog of the discipline. Unit: bytes; null if there is no discipline. Source: backlog of struct
    /// gnet_stats_queue (linux/gen_stats.h).
    /// </summary>
    public uint? QdiscBacklogBytes => _queue?.BacklogBytes;

    /// <summary>
    /// Backlog of the discipline. Unit: packets; null if there is no discipline. Source: qlen of struct
    /// gnet_stats_queue (linux/gen_stats.h).
    /// </summary>
    public uint? QdiscBacklogPackets => _queue?.BacklogPackets;
}
