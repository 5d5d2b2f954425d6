using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>
/// struct rtnl_link_stats64 of linux/if_link.h. Kernels before 4.7 end before rx_nohandler (RTM_GETSTATS is as old as
/// that member), kernels before 5.19 before rx_otherhost_dropped.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct rtnl_link_stats64
{
    /// <summary>Bytes of the oldest struct that RTM_GETSTATS ever carried: up to and with rx_nohandler.</summary>
    internal const int OldestSize = 24 * sizeof(ulong);

    internal ulong rx_packets;
    internal ulong tx_packets;
    internal ulong rx_bytes;
    internal ulong tx_bytes;
    internal ulong rx_errors;
    internal ulong tx_errors;
    internal ulong rx_dropped;
    internal ulong tx_dropped;
    internal ulong multicast;
    internal ulong collisions;
    internal ulong rx_length_errors;
    internal ulong rx_over_errors;
    internal ulong rx_crc_errors;
    internal ulong rx_frame_errors;
    internal ulong rx_fifo_errors;
    internal ulong rx_missed_errors;
    internal ulong tx_aborted_errors;
    internal ulong tx_carrier_errors;
    internal ulong tx_fifo_errors;
    internal ulong tx_heartbeat_errors;
    internal ulong tx_window_errors;
    internal ulong rx_compressed;
    internal ulong tx_compressed;
    internal ulong rx_nohandler;
    internal ulong rx_otherhost_dropped;
}
