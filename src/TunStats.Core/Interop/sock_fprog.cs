using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct sock_fprog of linux/filter.h: a program of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct sock_fprog
{
    internal ushort len;
    internal sock_filter* filter;
}
