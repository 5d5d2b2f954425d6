namespace TunStats.Interop;

/// <summary>
/// Constants of linux/if_packet.h, linux/if_ether.h, linux/filter.h and sys/mman.h, under their own names.
/// </summary>
internal static class PacketConstants
{
    internal const int AF_PACKET = 17;
    internal const int SOL_PACKET = 263;
    internal const int SO_ERROR = 4;
    internal const int SO_ATTACH_FILTER = 26;

    internal const int PACKET_RX_RING = 5;
    internal const int PACKET_STATISTICS = 6;
    internal const int PACKET_VERSION = 10;
    internal const int TPACKET_V3 = 2;

    internal const byte PACKET_OUTGOING = 4;

    internal const uint TP_STATUS_KERNEL = 0;
    internal const uint TP_STATUS_USER = 1;

    internal const ushort ETH_P_ALL = 0x0003;
    internal const ushort ETH_P_IP = 0x0800;
    internal const ushort ETH_P_IPV6 = 0x86dd;

    /// <summary>BPF_RET | BPF_K: keep so many bytes of the packet.</summary>
    internal const ushort BPF_RET_K = 0x06;

    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
}
