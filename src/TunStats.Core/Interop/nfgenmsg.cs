using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct nfgenmsg of linux/netfilter/nfnetlink.h: the fixed part of every nfnetlink message.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct nfgenmsg
{
    internal byte nfgen_family;
    internal byte version;

    /// <summary>In network byte order.</summary>
    internal ushort res_id;
}
