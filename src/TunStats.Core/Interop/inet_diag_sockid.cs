using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct inet_diag_sockid of linux/inet_diag.h: both ends of a socket, in network byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct inet_diag_sockid
{
    internal ushort idiag_sport;
    internal ushort idiag_dport;
    internal fixed byte idiag_src[16];
    internal fixed byte idiag_dst[16];
    internal uint idiag_if;
    internal fixed uint idiag_cookie[2];
}
