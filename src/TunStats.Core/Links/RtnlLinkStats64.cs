using System;

namespace TunStats.Links;

/// <summary>
/// The 64-bit counters of one interface at one instant, as the kernel keeps them (struct rtnl_link_stats64, read with
/// RTM_GETSTATS). Rx is what came out of the device into the kernel, Tx what the kernel handed to it. A snapshot: it
/// never changes.
/// </summary>
public class RtnlLinkStats64
{
    private readonly LinkCounters _counters;

    /// <summary>Combines counters with their interface.</summary>
    /// <param name="name">The interface's name.</param>
    /// <param name="index">Its index (ifindex).</param>
    /// <param name="kind">Its kind, such as <c>tun</c>.</param>
    /// <param name="timestamp">When the counters were read, UTC.</param>
    /// <param name="counters">What was read.</param>
    public RtnlLinkStats64(string name, int index, string kind, DateTime timestamp, LinkCounters counters)
    {
        Name = name;
        Index = index;
        Kind = kind;
        Timestamp = timestamp;
        _counters = counters;
    }

    /// <summary>The interface's name, such as <c>tailscale0</c>. Source: IFLA_IFNAME.</summary>
    public string Name { get; }

    /// <summary>
    /// The interface's index, unique in its namespace while the interface is there. Source: ifi_index.
    /// </summary>
    public int Index { get; }

    /// <summary>
    /// The kind of device: the driver's name for it (<c>tun</c>, <c>wireguard</c>, <c>veth</c>, … of IFLA_INFO_KIND),
    /// or where there is none its hardware type (<c>loopback</c>, <c>ether</c>, … of ifi_type).
    /// </summary>
    public string Kind { get; }

    /// <summary>When the counters were read: wall clock, UTC.</summary>
    public DateTime Timestamp { get; }

    /// <summary>
    /// Packets received without error. Unit: packets. Source: rx_packets of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxPackets => _counters.RxPackets;

    /// <summary>
    /// Packets sent by the device; on a TUN device, those that its program has read. Unit: packets. Source: tx_packets
    /// of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxPackets => _counters.TxPackets;

    /// <summary>
    /// Bytes of the packets in RxPackets. Unit: bytes. Source: rx_bytes of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxBytes => _counters.RxBytes;

    /// <summary>
    /// Bytes of the packets in TxPackets. Unit: bytes. Source: tx_bytes of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxBytes => _counters.TxBytes;

    /// <summary>
    /// Packets that came in damaged: the sum of the detailed receive errors and of those without a counter of their
    /// own. Unit: packets. Source: rx_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxErrors => _counters.RxErrors;

    /// <summary>
    /// Packets that could not be sent: the sum of the detailed transmit errors and of those without a counter of their
    /// own. Unit: packets. Source: tx_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxErrors => _counters.TxErrors;

    /// <summary>
    /// Good packets received and dropped, for lack of memory or because nothing handles their protocol. Unit: packets.
    /// Source: rx_dropped of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxDropped => _counters.RxDropped;

    /// <summary>
    /// Packets dropped before they were sent, for lack of room: on a TUN device, because its queue was full. Unit:
    /// packets. Source: tx_dropped of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxDropped => _counters.TxDropped;

    /// <summary>
    /// Multicast packets that came in. Unit: packets. Source: multicast of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong Multicast => _counters.Multicast;

    /// <summary>
    /// Collisions while sending, on a shared medium. Unit: collisions. Source: collisions of struct rtnl_link_stats64
    /// (linux/if_link.h).
    /// </summary>
    public ulong Collisions => _counters.Collisions;

    /// <summary>
    /// Packets received with an invalid length; part of RxErrors. Unit: packets. Source: rx_length_errors of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxLengthErrors => _counters.RxLengthErrors;

    /// <summary>
    /// Receive overruns: packets without room in the host's buffers; part of RxErrors. Unit: events. Source:
    /// rx_over_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxOverErrors => _counters.RxOverErrors;

    /// <summary>
    /// Packets received with a wrong checksum (CRC); part of RxErrors. Unit: packets. Source: rx_crc_errors of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxCrcErrors => _counters.RxCrcErrors;

    /// <summary>
    /// Packets received out of frame alignment; part of RxErrors. Unit: packets. Source: rx_frame_errors of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxFrameErrors => _counters.RxFrameErrors;

    /// <summary>
    /// Overflows of the receive queue; GRE tunnels count packets out of sequence here; part of RxErrors. Unit: events.
    /// Source: rx_fifo_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxFifoErrors => _counters.RxFifoErrors;

    /// <summary>
    /// Packets that the device itself dropped because the host took them too slowly; unused by software devices. Unit:
    /// packets. Source: rx_missed_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxMissedErrors => _counters.RxMissedErrors;

    /// <summary>
    /// Transmissions aborted, on a half-duplex medium after too many collisions; part of TxErrors. Unit: packets.
    /// Source: tx_aborted_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxAbortedErrors => _counters.TxAbortedErrors;

    /// <summary>
    /// Packets not sent because the carrier was lost; part of TxErrors. Unit: packets. Source: tx_carrier_errors of
    /// struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxCarrierErrors => _counters.TxCarrierErrors;

    /// <summary>
    /// Packets not sent because the device's queue ran empty during transmission; part of TxErrors. Unit: packets.
    /// Source: tx_fifo_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxFifoErrors => _counters.TxFifoErrors;

    /// <summary>
    /// Missing heartbeats (SQE test) of old half-duplex Ethernet; part of TxErrors. Unit: events. Source:
    /// tx_heartbeat_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxHeartbeatErrors => _counters.TxHeartbeatErrors;

    /// <summary>
    /// Packets not sent because of a collision that came too late; part of TxErrors. Unit: packets. Source:
    /// tx_window_errors of struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxWindowErrors => _counters.TxWindowErrors;

    /// <summary>
    /// Compressed packets received, on links that compress (PPP, SLIP). Unit: packets. Source: rx_compressed of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxCompressed => _counters.RxCompressed;

    /// <summary>
    /// Compressed packets sent, on links that compress (PPP, SLIP). Unit: packets. Source: tx_compressed of struct
    /// rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong TxCompressed => _counters.TxCompressed;

    /// <summary>
    /// Packets received on a device that is inactive, such as a bond's backup. Unit: packets. Source: rx_nohandler of
    /// struct rtnl_link_stats64 (linux/if_link.h).
    /// </summary>
    public ulong RxNoHandler => _counters.RxNoHandler;

    /// <summary>
    /// Packets received and dropped because they were addressed to another host. Unit: packets; null where the kernel
    /// is older than 5.19 and does not count them. Source: rx_otherhost_dropped of struct rtnl_link_stats64
    /// (linux/if_link.h).
    /// </summary>
    public ulong? RxOtherHostDropped => _counters.RxOtherHostDropped;

    /// <summary>The counters without the interface, for arithmetic and loops.</summary>
    internal ref readonly LinkCounters Counters => ref _counters;

    /// <summary>The interface's name.</summary>
    public override string ToString() => Name;
}
