using System.Collections.Generic;

namespace TunStats.Links;

/// <summary>
/// All counters of struct rtnl_link_stats64 in its order, so that code that treats them alike can loop over them:
/// index: <see cref="LinkCounters"/> has the value, <see cref="LinkCounterSet"/> the full documentation.
/// </summary>
internal static class LinkCounterTable
{
    internal static readonly IReadOnlyList<LinkCounterInfo> All =
    [
        new("RxPackets", "receive_packets", "packets", "Packets that came in through the device."),
        new("TxPackets", "transmit_packets", "packets", "Packets that the device sent."),
        new("RxBytes", "receive_bytes", "bytes", "Bytes that came in through the device."),
        new("TxBytes", "transmit_bytes", "bytes", "Bytes that the device sent."),
        new("RxErrors", "receive_errors", "errors", "Packets that came in bad."),
        new("TxErrors", "transmit_errors", "errors", "Packets that could not be sent because of an error."),
        new("RxDropped", "receive_drops", "drops", "Packets that came in and were dropped unprocessed."),
        new("TxDropped", "transmit_drops", "drops", "Packets dropped on their way out."),
        new("Multicast", "receive_multicast_packets", "packets", "Multicast packets that came in."),
        new("Collisions", "transmit_collisions", "collisions", "Collisions while sending."),
        new("RxLengthErrors", "receive_length_errors", "errors", "Packets received with an invalid length."),
        new("RxOverErrors", "receive_over_errors", "errors", "Packets received without room in the host's buffers."),
        new("RxCrcErrors", "receive_crc_errors", "errors", "Packets received with a wrong checksum."),
        new("RxFrameErrors", "receive_frame_errors", "errors", "Packets received out of frame alignment."),
        new("RxFifoErrors", "receive_fifo_errors", "errors", "Overflows of the receive queue."),
        new("RxMissedErrors", "receive_missed_errors", "errors", "Packets dropped because the host was too slow."),
        new("TxAbortedErrors", "transmit_aborted_errors", "errors", "Packets whose transmission was aborted."),
        new("TxCarrierErrors", "transmit_carrier_errors", "errors", "Packets not sent because the carrier was lost."),
        new("TxFifoErrors", "transmit_fifo_errors", "errors", "Packets not sent because the queue ran empty."),
        new("TxHeartbeatErrors", "transmit_heartbeat_errors", "errors", "Missing heartbeats of old Ethernet."),
        new("TxWindowErrors", "transmit_window_errors", "errors", "Packets not sent because of a late collision."),
        new("RxCompressed", "receive_compressed_packets", "packets", "Compressed packets received."),
        new("TxCompressed", "transmit_compressed_packets", "packets", "Compressed packets sent."),
        new("RxNoHandler", "receive_nohandler_drops", "drops", "Packets received on an inactive device."),
        new("RxOtherHostDropped", "receive_otherhost_drops", "drops", "Packets dropped as addressed to another host."),
    ];

    /// <summary>The index of the counter that only Linux 5.19 and later send.</summary>
    internal const int RxOtherHostDropped = 24;

    /// <summary>The index of TxDropped.</summary>
    internal const int TxDropped = 7;
}
