using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct sockaddr_ll of linux/if_packet.h; the protocol is in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct sockaddr_ll
{
    internal ushort sll_family;
    internal ushort sll_protocol;
    internal int sll_ifindex;
    internal ushort sll_hatype;
    internal byte sll_pkttype;
    internal byte sll_halen;
    internal fixed byte sll_addr[8];
}
