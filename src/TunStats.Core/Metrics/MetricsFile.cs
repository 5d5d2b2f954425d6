using System;
using System.IO;
using TunStats.Interop;
using TunStats.IO;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Metrics;

/// <summary>
/// A file that others may read at any time, such as node_exporter's textfile collector. Each content is written to a
/// temporary file in the same directory, flushed to disk and renamed, so a reader sees a complete file or none. Only a
/// metrics file is ever replaced, and only a file that this object wrote is removed. Not thread-safe.
/// </summary>
internal sealed class MetricsFile
{
    private const uint NewFileMode = 0x1A4; // 0644: readable by all

    private readonly string _directory;
    private bool _isNameless;
    private FileStatus? _replaced;
    private FileIdentity? _written;

    private MetricsFile(string path, string directory)
    {
        Path = path;
        _directory = directory;
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Whether another writer replaced the file that this object wrote.</summary>
    internal bool HasOtherWriter { get; private set; }

    /// <summary>
    /// Checks that the file can be written, without touching it: it does not exist yet, or is a metrics file of this
    /// program, whose mode and owner are kept.
    /// </summary>
    /// <param name="path">The path; relative to the current directory.</param>
    /// <exception cref="TunStatsException">It cannot be written there, or something else is there.</exception>
    public static MetricsFile Create(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw MetricsFileErrors.InvalidPath(path);
        }

        string full;
        try
        {
            full = System.IO.Path.GetFullPath(path);
        }
        catch (IOException)
        {
            throw MetricsFileErrors.NoCurrentDirectory(path);
        }

        if (path.EndsWith('/'))
        {
            throw MetricsFileErrors.IsDirectory(full);
        }

        string directory = System.IO.Path.GetDirectoryName(full) ?? "/";
        Errno errno = FileStatus.OfPath(directory, follow: true, out FileStatus there);
        if (errno is Errno.ENOENT or Errno.ENOTDIR || (errno == Errno.None && !there.IsDirectory))
        {
            throw MetricsFileErrors.DirectoryMissing(full, directory);
        }

        if (errno != Errno.None)
        {
            throw MetricsFileErrors.From(full, errno);
        }

        var file = new MetricsFile(full, directory);
        file.CheckTarget();
        file.Probe();
        return file;
    }

    /// <summary>Replaces the content.</summary>
    /// <param name="content">The whole content.</param>
    /// <exception cref="TunStatsException">It could not be written; the previous content is unchanged.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        CheckTarget();
        using TemporaryFile file = OpenTemporary();
        TakeModeAndOwner(file.Descriptor);
        WriteAll(file.Descriptor, content);
        Check(Libc.Sync(file.Descriptor));
        Check(FileStatus.Of(file.Descriptor, out FileStatus status));
        Check(file.MoveTo(Path));
        _written = status.Identity;
    }

    /// <summary>Removes the file if this object wrote it.</summary>
    /// <exception cref="TunStatsException">It could not be removed.</exception>
    public void Delete()
    {
        if (_written is not { } written
            || FileStatus.OfPath(Path, follow: false, out FileStatus there) != Errno.None
            || there.Identity != written)
        {
            return;
        }

        Check(Libc.unlink(Path));
        _written = null;
    }

    /// <summary>Refuses anything at the path that is not a metrics file.</summary>
    private void CheckTarget()
    {
        Errno errno = FileStatus.OfPath(Path, follow: false, out FileStatus there);
        if (errno == Errno.ENOENT || (errno == Errno.None && there.Identity == _written))
        {
            return;
        }

        if (errno != Errno.None)
        {
            throw MetricsFileErrors.From(Path, errno);
        }

        if (there.IsDirectory)
        {
            throw MetricsFileErrors.IsDirectory(Path);
        }

        if (!there.IsRegular)
        {
            throw MetricsFileErrors.NotAMetricsFile(Path, $"it is {there.TypeText}");
        }

        if (!StartsLikeMetrics(there.Identity))
        {
            throw MetricsFileErrors.NotAMetricsFile(Path, "it has other content");
        }

        _replaced = there;
        HasOtherWriter |= _written is not null;
    }

    private unsafe bool StartsLikeMetrics(in FileIdentity expected)
    {
        using SafeFileDescriptor file = Libc.OpenFile(Path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
        if (file.IsInvalid)
        {
            throw MetricsFileErrors.From(Path, Libc.LastError);
        }

        // Another file may have taken the name since the check.
        Check(FileStatus.Of(file, out FileStatus opened));
        if (opened.Identity != expected)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[MetricsText.MaxStartLength];
        int filled = 0;
        fixed (byte* bytes = start)
        {
            while (filled < start.Length)
            {
                nint count = Libc.read(file, bytes + filled, (nuint)(start.Length - filled));
                if (count < 0 && Libc.LastError == Errno.EINTR)
                {
                    continue;
                }

                Check((int)Math.Min(count, 0));
                if (count == 0)
                {
                    break;
                }

                filled += (int)count;
            }
        }

        return MetricsText.IsOwnStart(start[..filled]);
    }

    private void Probe()
    {
        _isNameless = TemporaryFile.CanBeNameless(_directory);
        using TemporaryFile file = OpenTemporary();
        TakeModeAndOwner(file.Descriptor);
    }

    private TemporaryFile OpenTemporary()
    {
        Check(TemporaryFile.Create(_directory, _isNameless, out TemporaryFile? file));
        return file!;
    }

    private void TakeModeAndOwner(SafeFileDescriptor file)
    {
        if (_replaced is not { } before)
        {
            Check(Libc.fchmod(file, NewFileMode));
            return;
        }

        Check(FileStatus.Of(file, out FileStatus made));
        if ((made.UserId, made.GroupId) != (before.UserId, before.GroupId)
            && Libc.fchown(file, before.UserId, before.GroupId) != 0)
        {
            throw Libc.LastError == Errno.EPERM
                ? MetricsFileErrors.OtherOwner(Path)
                : MetricsFileErrors.From(Path, Libc.LastError);
        }

        // After the owner: changing the owner clears bits of the mode.
        Check(Libc.fchmod(file, before.Permissions));
    }

    private unsafe void WriteAll(SafeFileDescriptor file, ReadOnlySpan<byte> content)
    {
        fixed (byte* bytes = content)
        {
            for (int written = 0; written < content.Length;)
            {
                nint count = Libc.write(file, bytes + written, (nuint)(content.Length - written));
                if (count >= 0)
                {
                    written += (int)count;
                }
                else if (Libc.LastError != Errno.EINTR)
                {
                    throw MetricsFileErrors.From(Path, Libc.LastError);
                }
            }
        }
    }

    private void Check(int result)
    {
        if (result < 0)
        {
            throw MetricsFileErrors.From(Path, Libc.LastError);
        }
    }

    private void Check(Errno errno)
    {
        if (errno != Errno.None)
        {
            throw MetricsFileErrors.From(Path, errno);
        }
    }
}
