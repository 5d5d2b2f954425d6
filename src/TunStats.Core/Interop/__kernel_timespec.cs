using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>struct __kernel_timespec of linux/time_types.h: seconds and nanoseconds, 64 bits each.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct __kernel_timespec
{
    internal long tv_sec;
    internal long tv_nsec;
}
