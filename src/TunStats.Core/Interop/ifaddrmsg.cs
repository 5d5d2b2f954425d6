using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct ifaddrmsg of linux/if_addr.h: the fixed part of RTM_GETADDR and RTM_NEWADDR.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ifaddrmsg
{
    internal byte ifa_family;
    internal byte ifa_prefixlen;
    internal byte ifa_flags;
    internal byte ifa_scope;
    internal uint ifa_index;
}
