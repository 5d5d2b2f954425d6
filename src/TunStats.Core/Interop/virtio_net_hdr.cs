using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>
/// struct virtio_net_hdr of linux/virtio_net.h: how a captured frame is to be segmented. It lies in front of the frame
/// where PACKET_VNET_HDR is set, in the byte order of this machine.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct virtio_net_hdr
{
    internal byte flags;
    internal byte gso_type;
    internal ushort hdr_len;
    internal ushort gso_size;
    internal ushort csum_start;
    internal ushort csum_offset;
}
