using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct nlmsghdr of linux/netlink.h, in host byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct nlmsghdr
{
    internal uint nlmsg_len;
    internal ushort nlmsg_type;
    internal ushort nlmsg_flags;
    internal uint nlmsg_seq;
    internal uint nlmsg_pid;
}
