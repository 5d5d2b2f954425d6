using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct ifreq of linux/if.h, with the index as the member of its union.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
internal unsafe struct ifreq
{
    internal fixed byte ifr_name[RtnetlinkConstants.IFNAMSIZ];
    internal int ifr_ifindex;
}
