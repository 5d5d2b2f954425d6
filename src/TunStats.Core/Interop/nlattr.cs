using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct nlattr of linux/netlink.h (struct rtattr has the same shape).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct nlattr
{
    internal ushort nla_len;
    internal ushort nla_type;
}
