namespace TunStats.Links;

/// <summary>
/// The counters of struct rtnl_link_stats64, of an interface at one instant or as increases between two. Rx is what
/// came out of the device into the kernel, Tx what the kernel handed to it.
/// </summary>
public abstract class LinkCounterSet
{
    private readonly LinkCounters _counters;

    private protected LinkCounterSet(in LinkCounters counters) => _counters = counters;

    /// <summary>
    /// Packets received without error. Unit: packets. Source: rx_packets of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxPackets => _counters.Raw.rx_packets;

    /// <summary>
    /// Packets sent by the device; on a TUN device, those that its program has read. Unit: packets. Source: tx_packets
    /// of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxPackets => _counters.Raw.tx_packets;

    /// <summary>
    /// Bytes of the packets in RxPackets. Unit: bytes. Source: rx_bytes of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxBytes => _counters.Raw.rx_bytes;

    /// <summary>
    /// Bytes of the packets in TxPackets. Unit: bytes. Source: tx_bytes of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxBytes => _counters.Raw.tx_bytes;

    /// <summary>
    /// Packets that came in damaged: the sum of the detailed receive errors and of those without a counter of their
    /// own. Unit: packets. Source: rx_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxErrors => _counters.Raw.rx_errors;

    /// <summary>
    /// Packets that could not be sent: the sum of the detailed transmit errors and of those without a counter of their
    /// own. Unit: packets. Source: tx_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxErrors => _counters.Raw.tx_errors;

    /// <summary>
    /// Good packets received and dropped, for lack of memory or because nothing handles their protocol. Unit: packets.
    /// Source: rx_dropped of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxDropped => _counters.Raw.rx_dropped;

    /// <summary>
    /// Packets dropped before they were sent, for lack of room: on a TUN device, because its queue was full. Unit:
    /// packets. Source: tx_dropped of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxDropped => _counters.Raw.tx_dropped;

    /// <summary>
    /// Multicast packets that came in. Unit: packets. Source: multicast of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong Multicast => _counters.Raw.multicast;

    /// <summary>
    /// Collisions while sending, on a shared medium. Unit: collisions. Source: collisions of struct rtnl_link_stats64
    /// (linux/if_link.h).
    /// </summary>
    public ulong Collisions => _counters.Raw.collisions;

    /// <summary>
    /// Packets received with an invalid length; part of RxErrors. Unit: packets. Source: rx_length_errors of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxLengthErrors => _counters.Raw.rx_length_errors;

    /// <summary>
    /// Receive overruns: packets without room in the host's buffers; part of RxErrors. Unit: events. Source:
    /// rx_over_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxOverErrors => _counters.Raw.rx_over_errors;

    /// <summary>
    /// Packets received with a wrong checksum (CRC); part of RxErrors. Unit: packets. Source: rx_crc_errors of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxCrcErrors => _counters.Raw.rx_crc_errors;

    /// <summary>
    /// Packets received out of frame alignment; part of RxErrors. Unit: packets. Source: rx_frame_errors of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxFrameErrors => _counters.Raw.rx_frame_errors;

    /// <summary>
    /// Overflows of the receive queue; GRE tunnels count packets out of sequence here; part of RxErrors. Unit: events.
    /// Source: rx_fifo_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxFifoErrors => _counters.Raw.rx_fifo_errors;

    /// <summary>
    /// Packets that the device itself dropped because the host took them too slowly; unused by software devices. Unit:
    /// packets. Source: rx_missed_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxMissedErrors => _counters.Raw.rx_missed_errors;

    /// <summary>
    /// Transmissions aborted, on a half-duplex medium after too many collisions; part of TxErrors. Unit: packets.
    /// Source: tx_aborted_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxAbortedErrors => _counters.Raw.tx_aborted_errors;

    /// <summary>
    /// Packets not sent because the carrier was lost; part of TxErrors. Unit: packets. Source: tx_carrier_errors of
    /// struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxCarrierErrors => _counters.Raw.tx_carrier_errors;

    /// <summary>
    /// Packets not sent because the device's queue ran empty during transmission; part of TxErrors. Unit: packets.
    /// Source: tx_fifo_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxFifoErrors => _counters.Raw.tx_fifo_errors;

    /// <summary>
    /// Missing heartbeats (SQE test) of old half-duplex Ethernet; part of TxErrors. Unit: events. Source:
    /// tx_heartbeat_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxHeartbeatErrors => _counters.Raw.tx_heartbeat_errors;

    /// <summary>
    /// Packets not sent because of a collision that came too late; part of TxErrors. Unit: packets. Source:
    /// tx_window_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxWindowErrors => _counters.Raw.tx_window_errors;

    /// <summary>
    /// Compressed packets received, on links that compress (PPP, SLIP). Unit: packets. Source: rx_compressed of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxCompressed => _counters.Raw.rx_compressed;

    /// <summary>
    /// Compressed packets sent, on links that compress (PPP, SLIP). Unit: packets. Source: tx_compressed of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxCompressed => _counters.Raw.tx_compressed;

    /// <summary>
    /// Packets received on a device that is inactive, such as a bond's backup. Unit: packets. Source: rx_nohandler of
    /// struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxNoHandler => _counters.Raw.rx_nohandler;

    /// <summary>
    /// Packets received and dropped because they were addressed to another host. Unit: packets; null if the kernel
    /// is older than 5.19 and does not count them. Source: rx_otherhost_dropped of struct rtnl_link_stats64
    /// (linux/if_link.h).
    /// </summary>
    public ulong? RxOtherHostDropped => _counters.RxOtherHostDropped;

    /// <summary>All counters as one value, for arithmetic and loops.</summary>
    internal ref readonly LinkCounters Counters => ref _counters;
}
