using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct tpacket_block_desc of linux/if_packet.h with the beginning of its tpacket_hdr_v1.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct tpacket_block_desc
{
    internal uint version;
    internal uint offset_to_priv;
    internal uint block_status;
    internal uint num_pkts;
    internal uint offset_to_first_pkt;
    internal uint blk_len;
}
