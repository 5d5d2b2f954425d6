using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct winsize of sys/ioctl.h: the size of a terminal.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct winsize
{
    internal ushort ws_row;
    internal ushort ws_col;
    internal ushort ws_xpixel;
    internal ushort ws_ypixel;
}
