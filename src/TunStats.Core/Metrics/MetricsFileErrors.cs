using TunStats.Interop;


namespace TunStats.Metrics;

/// <summary>Every error of a metrics file, in one place.</summary>
internal static class MetricsFileErrors
{
    internal static TunStatsException InvalidPath(string path) => new(
        ErrorKind.InvalidMetricsPath, $"'{path}' is not a valid path for a metrics file.");

    internal static TunStatsException IsDirectory(string path) => new(
        ErrorKind.MetricsPathIsDirectory,
        $"Metrics cannot be written to '{path}': it is a directory. Name a file in it, such as tunstats.prom.");

    internal static TunStatsException DirectoryMissing(string path, string directory) => new(
        ErrorKind.MetricsDirectoryNotFound,
        $"Metrics cannot be written to '{path}': there is no directory '{directory}'. Create it first.");

    internal static TunStatsException NoCurrentDirectory(string path) => new(
        ErrorKind.MetricsDirectoryNotFound,
        $"Metrics cannot be written to '{path}': the current directory is gone. Give a path that begins with a slash.");

    internal static TunStatsException NotAMetricsFile(string path, string why) => new(
        ErrorKind.NotAMetricsFile,
        $"Metrics are not written to '{path}': {why}, and only a metrics file of TunStats is replaced. Choose another "
        + "path, or remove what is there.");

    internal static TunStatsException OtherOwner(string path) => new(
        ErrorKind.MetricsPathNotWritable,
        $"Metrics cannot be written to '{path}': the file belongs to another user or group, which this user cannot "
        + "keep. Run as that user, or choose another path.");

    internal static TunStatsException From(string path, Errno errno) => errno switch
    {
        Errno.ENOENT or Errno.ENOTDIR => new TunStatsException(
            ErrorKind.MetricsDirectoryNotFound,
            $"Metrics cannot be written to '{path}': its directory does not exist."),
        Errno.EACCES or Errno.EPERM or Errno.EROFS => new TunStatsException(
            ErrorKind.MetricsPathNotWritable,
            $"Metrics cannot be written to '{path}': {Libc.ErrorText(errno)}: the file cannot be read or the directory "
            + "may not be written to. Give this user the right to, or choose another path."),
        Errno.ELOOP => NotAMetricsFile(path, "it is a symbolic link"),
        _ => new TunStatsException(
            ErrorKind.MetricsFileFailed,
            $"Metrics cannot be written to '{path}': {Libc.ErrorText(errno)} ({errno})."),
    };
}
