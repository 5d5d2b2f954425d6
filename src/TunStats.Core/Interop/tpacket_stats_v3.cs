using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct tpacket_stats_v3 of linux/if_packet.h: since it was read last.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct tpacket_stats_v3
{
    internal uint tp_packets;
    internal uint tp_drops;
    internal uint tp_freeze_q_cnt;
}
