using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct ifinfomsg of linux/rtnetlink.h: the fixed part of RTM_GETLINK and RTM_NEWLINK.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ifinfomsg
{
    internal byte ifi_family;
    internal byte __ifi_pad;
    internal ushort ifi_type;
    internal int ifi_index;
    internal uint ifi_flags;
    internal uint ifi_change;
}
