namespace TunStats.Interop;

/// <summary>
/// Which file it is, whatever its names are: its device and inode, and where the file system tells it the time when it
/// was made, because a new file may get the inode of a deleted one.
/// </summary>
/// <param name="DeviceMajor">The file system's device (stx_dev_major).</param>
/// <param name="DeviceMinor">The file system's device (stx_dev_minor).</param>
/// <param name="Inode">The inode (stx_ino).</param>
/// <param name="BirthSeconds">When it was made, Unix time in seconds (stx_btime); 0 where it is not told.</param>
/// <param name="BirthNanoseconds">The rest of that time, in nanoseconds.</param>
internal readonly record struct FileIdentity(
    uint DeviceMajor, uint DeviceMinor, ulong Inode, long BirthSeconds, uint BirthNanoseconds);
