using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct sockaddr_nl of linux/netlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct sockaddr_nl
{
    internal ushort nl_family;
    internal ushort nl_pad;
    internal uint nl_pid;
    internal uint nl_groups;
}
