namespace TunStats.Interop;

/// <summary>
/// Constants of linux/if_packet.h, linux/if_ether.h, linux/filter.h, linux/virtio_net.h and sys/mman.h, under their
/// own names.
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
    internal const int PACKET_VNET_HDR = 15;
    internal const int TPACKET_V3 = 2;

    internal const byte PACKET_OUTGOING = 4;

    internal const uint TP_STATUS_KERNEL = 0;
    internal const uint TP_STATUS_USER = 1;
    internal const uint TP_STATUS_LOSING = 4;

    internal const ushort ETH_P_ALL = 0x0003;
    internal const ushort ETH_P_IP = 0x0800;
    internal const ushort ETH_P_IPV6 = 0x86dd;

    internal const byte VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
    internal const byte VIRTIO_NET_HDR_GSO_NONE = 0;
    internal const byte VIRTIO_NET_HDR_GSO_TCPV4 = 1;
    internal const byte VIRTIO_NET_HDR_GSO_UDP = 3;
    internal const byte VIRTIO_NET_HDR_GSO_TCPV6 = 4;
    internal const byte VIRTIO_NET_HDR_GSO_UDP_L4 = 5;
    internal const byte VIRTIO_NET_HDR_GSO_ECN = 0x80;

    /// <summary>BPF_LD | BPF_W | BPF_LEN: take the packet's length.</summary>
    internal const ushort BPF_LD_LEN = 0x80;

    /// <summary>BPF_JMP | BPF_JGT | BPF_K: jump where it is greater.</summary>
    internal const ushort BPF_JGT_K = 0x25;

    /// <summary>BPF_RET | BPF_K: keep so many bytes of the packet.</summary>
    internal const ushort BPF_RET_K = 0x06;

    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_PRIVATE = 2;
    internal const int MAP_ANONYMOUS = 0x20;
    internal const int MAP_NORESERVE = 0x4000;
    internal const int MADV_HUGEPAGE = 14;
}
