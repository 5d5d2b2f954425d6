using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct nlmsgerr of linux/netlink.h: a negative errno, then the header of the request it answers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct nlmsgerr
{
    internal int error;
    internal nlmsghdr msg;
}
