using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct nexthop_grp of linux/nexthop.h: one member of NHA_GROUP; what is behind the weight has changed
/// its names over the years and is not read.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal struct nexthop_grp
{
    internal uint id;
    internal byte weight;
}
