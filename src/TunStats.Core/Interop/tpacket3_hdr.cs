using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct tpacket3_hdr of linux/if_packet.h; a sockaddr_ll follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct tpacket3_hdr
{
    internal uint tp_next_offset;
    internal uint tp_sec;
    internal uint tp_nsec;
    internal uint tp_snaplen;
    internal uint tp_len;
    internal uint tp_status;
    internal ushort tp_mac;
    internal ushort tp_net;
    internal uint tp_rxhash;
    internal uint tp_vlan_tci;
    internal ushort tp_vlan_tpid;
    internal ushort hv1_padding;
    internal fixed byte tp_padding[8];
}
