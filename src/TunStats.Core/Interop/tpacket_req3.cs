using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct tpacket_req3 of linux/if_packet.h: the shape of a ring.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct tpacket_req3
{
    internal uint tp_block_size;
    internal uint tp_block_nr;
    internal uint tp_frame_size;
    internal uint tp_frame_nr;
    internal uint tp_retire_blk_tov;
    internal uint tp_sizeof_priv;
    internal uint tp_feature_req_word;
}
