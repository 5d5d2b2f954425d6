using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct rtmsg of linux/rtnetlink.h: the fixed part of RTM_GETROUTE and RTM_NEWROUTE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct rtmsg
{
    internal byte rtm_family;
    internal byte rtm_dst_len;
    internal byte rtm_src_len;
    internal byte rtm_tos;
    internal byte rtm_table;
    internal byte rtm_protocol;
    internal byte rtm_scope;
    internal byte rtm_type;
    internal uint rtm_flags;
}
