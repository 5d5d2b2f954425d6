using static TunStats.Interop.FileConstants;

namespace TunStats.Interop;

/// <summary>The metadata of a file, read without opening it.</summary>
/// <param name="Identity">Which file it is.</param>
/// <param name="Mode">Its type and permissions (stx_mode).</param>
/// <param name="UserId">Its owner.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="Links">How many names it has (stx_nlink).</param>
internal readonly record struct FileStatus(
    FileIdentity Identity, ushort Mode, uint UserId, uint GroupId, uint Links)
{
    private const int PermissionBits = 0xFFF;

    internal bool IsRegular => (Mode & S_IFMT) == S_IFREG;

    internal bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;

    /// <summary>The permission bits of the mode.</summary>
    internal uint Permissions => Mode & (uint)PermissionBits;

    /// <summary>The type of file, with its article.</summary>
    internal string TypeText => (Mode & S_IFMT) switch
    {
        S_IFREG => "a regular file",
        S_IFDIR => "a directory",
        S_IFLNK => "a symbolic link",
        S_IFIFO => "a pipe",
        S_IFSOCK => "a socket",
        S_IFCHR or S_IFBLK => "a device",
        _ => "not a regular file",
    };

    /// <summary>Asks about a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a symbolic link at its end is followed.</param>
    /// <param name="status">What is there.</param>
    /// <returns>None, or why the file cannot be examined.</returns>
    internal static Errno OfPath(string path, bool follow, out FileStatus status) =>
        Libc.Status(path, follow, out status);

    /// <summary>Asks about an open file.</summary>
    internal static Errno Of(SafeFileDescriptor file, out FileStatus status) => Libc.Status(file, out status);
}
