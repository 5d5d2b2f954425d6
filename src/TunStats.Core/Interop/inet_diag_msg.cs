using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct inet_diag_msg of linux/inet_diag.h: one socket.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct inet_diag_msg
{
    internal byte idiag_family;
    internal byte idiag_state;
    internal byte idiag_timer;
    internal byte idiag_retrans;
    internal inet_diag_sockid id;
    internal uint idiag_expires;
    internal uint idiag_rqueue;
    internal uint idiag_wqueue;
    internal uint idiag_uid;

    /// <summary>0 if no process holds the socket.</summary>
    internal uint idiag_inode;
}
