using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct sockaddr_un of linux/un.h: the address of a Unix socket.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct sockaddr_un
{
    /// <summary>UNIX_PATH_MAX: the longest path, its NUL included.</summary>
    internal const int UNIX_PATH_MAX = 108;

    internal ushort sun_family;
    internal fixed byte sun_path[UNIX_PATH_MAX];
}
