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

    /// <summary>RT_TABLE_COMPAT (252) where the number needs more than a byte; RTA_TABLE has it then.</summary>
    internal byte rtm_table;
    internal byte rtm_protocol;
    internal byte rtm_scope;
    internal byte rtm_type;
    internal uint rtm_flags;
}
