using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct sock_filter of linux/filter.h: one instruction of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct sock_filter
{
    internal ushort code;
    internal byte jt;
    internal byte jf;
    internal uint k;
}
