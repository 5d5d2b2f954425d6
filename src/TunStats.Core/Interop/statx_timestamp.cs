namespace TunStats.Interop;

/// <summary>struct statx_timestamp of linux/stat.h.</summary>
internal struct statx_timestamp
{
    internal long tv_sec;
    internal uint tv_nsec;
    internal int __reserved;
}
