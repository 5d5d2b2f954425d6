using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct tcmsg of linux/rtnetlink.h: the fixed part of RTM_GETQDISC and RTM_NEWQDISC.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct tcmsg
{
    internal byte tcm_family;
    internal byte tcm__pad1;
    internal ushort tcm__pad2;
    internal int tcm_ifindex;
    internal uint tcm_handle;
    internal uint tcm_parent;
    internal uint tcm_info;
}
