using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>
/// struct rtnexthop of linux/rtnetlink.h: one next hop inside RTA_MULTIPATH, attributes of its own behind it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct rtnexthop
{
    internal ushort rtnh_len;
    internal byte rtnh_flags;
    internal byte rtnh_hops;
    internal int rtnh_ifindex;
}
