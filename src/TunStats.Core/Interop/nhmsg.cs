using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct nhmsg of linux/nexthop.h: the fixed part of RTM_GETNEXTHOP and RTM_NEWNEXTHOP.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct nhmsg
{
    internal byte nh_family;
    internal byte nh_scope;
    internal byte nh_protocol;
    internal byte resvd;
    internal uint nh_flags;
}
