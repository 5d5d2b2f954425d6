namespace TunStats.Interop;

/// <summary>
/// Identifies a file independently of its names: device, inode and, where the file system has it, the time of creation,
/// because a new file may reuse the inode of a deleted one.
/// </summary>
/// <param name="DeviceMajor">The file system's device (stx_dev_major).</param>
/// <param name="DeviceMinor">The file system's device (stx_dev_minor).</param>
/// <param name="Inode">The inode (stx_ino).</param>
/// <param name="BirthSeconds">Time of creation, Unix time in seconds (stx_btime); 0 where unknown.</param>
/// <param name="BirthNanoseconds">The rest of that time, in nanoseconds.</param>
internal readonly record struct FileIdentity(
    uint DeviceMajor, uint DeviceMinor, ulong Inode, long BirthSeconds, uint BirthNanoseconds);
