using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct flock of fcntl.h on 64-bit machines.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct flock
{
    internal short l_type;
    internal short l_whence;
    internal long l_start;
    internal long l_len;
    internal int l_pid;
}
