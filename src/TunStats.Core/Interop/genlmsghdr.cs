using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct genlmsghdr of linux/genetlink.h: the fixed part of every generic netlink message.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct genlmsghdr
{
    internal byte cmd;
    internal byte version;
    internal ushort reserved;
}
