using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct pollfd of poll.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct pollfd
{
    internal int fd;
    internal short events;
    internal short revents;
}
