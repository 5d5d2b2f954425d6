using System.Runtime.InteropServices;
using TunStats.Interop;

namespace TunStats.Lab;

/// <summary>The libc calls that a lab needs beyond those of the core.</summary>
internal static unsafe partial class LabLibc
{
    internal const int CLONE_NEWNET = 0x40000000;
    internal const int O_RDWR = 2;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const nuint TUNSETIFF = 0x400454ca;
    internal const nuint TUNSETPERSIST = 0x400454cb;
    internal const short IFF_TUN = 0x0001;
    internal const short IFF_NO_PI = 0x1000;
    internal const short IFF_VNET_HDR = 0x4000;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(SafeFileDescriptor fd, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(SafeFileDescriptor fd, nuint request, nint argument);

    [LibraryImport("libc")]
    internal static partial int gettid();

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int prctl(int option, nint arg2, nint arg3, nint arg4 = 0, nint arg5 = 0);
}
