using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct inet_diag_req_v2 of linux/inet_diag.h: asks for the sockets of a family and a protocol.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct inet_diag_req_v2
{
    internal byte sdiag_family;
    internal byte sdiag_protocol;
    internal byte idiag_ext;
    internal byte pad;

    /// <summary>A bit for each state that is wanted.</summary>
    internal uint idiag_states;
    internal inet_diag_sockid id;
}
