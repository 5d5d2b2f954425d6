using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>Constants of fcntl.h, sys/stat.h and linux/stat.h, under their own names.</summary>
internal static class FileConstants
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_SYMLINK_FOLLOW = 0x400;
    internal const int AT_EMPTY_PATH = 0x1000;

    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_APPEND = 0x400;
    internal const int SEEK_SET = 0;
    internal const int SEEK_END = 2;

    internal const int F_OFD_SETLK = 37;
    internal const short F_WRLCK = 1;

    internal const int S_IFMT = 0xF000;
    internal const int S_IFIFO = 0x1000;
    internal const int S_IFCHR = 0x2000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFBLK = 0x6000;
    internal const int S_IFREG = 0x8000;
    internal const int S_IFLNK = 0xA000;
    internal const int S_IFSOCK = 0xC000;

    internal const uint STATX_BASIC_STATS = 0x7ff;
    internal const uint STATX_BTIME = 0x800;

    /// <summary>One of the few flags of open(2) that differ between architectures.</summary>
    internal static int O_NOFOLLOW => IsArm ? 0x8000 : 0x20000;

    internal static int O_TMPFILE => 0x400000 | (IsArm ? 0x4000 : 0x10000);

    private static bool IsArm =>
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;
}
