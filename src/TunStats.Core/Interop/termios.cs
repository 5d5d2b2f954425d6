using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct termios of termios.h, as glibc and musl have it: the modes of a terminal.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct termios
{
    private const int NCCS = 32;

    internal uint c_iflag;
    internal uint c_oflag;
    internal uint c_cflag;
    internal uint c_lflag;
    internal byte c_line;
    internal fixed byte c_cc[NCCS];
    internal uint c_ispeed;
    internal uint c_ospeed;
}
