using System;
using System.IO;
using System.Text;
using TunStats.Interop;
using TunStats.IO;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Views;

/// <summary>
/// The file that a report is written to. A regular file is complete or unchanged: the report goes to a temporary file
/// in the same directory, which then takes the name. Only a report of TunStats or an empty file is replaced.
/// </summary>
internal sealed class ReportFile
{
    private const uint NewFileMode = 0x1B6; // 0666, less the umask
    private const int AccessBits = 0x1FF;
    private const int MaxLinks = 40;

    private readonly string _path;
    private readonly string _target;
    private readonly FileStatus? _there;

    private ReportFile(string path, string target, FileStatus? there) =>
        (_path, _target, _there) = (path, target, there);

    /// <summary>Checks that a report can be written there, and changes nothing.</summary>
    /// <param name="path">The file's path, as the user gave it.</param>
    /// <exception cref="TunStatsException">Something is there that is not replaced.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static ReportFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Errno errno = FileStatus.OfPath(path, follow: true, out FileStatus there);
        Throw(errno == Errno.ENOENT ? Errno.None : errno);
        bool isThere = errno == Errno.None;
        if (isThere && !there.IsRegular)
        {
            Throw(there.IsDirectory ? Errno.EISDIR : Errno.None);
            return (there.Mode & S_IFMT) is S_IFCHR or S_IFIFO
                ? new ReportFile(path, path, there)
                : throw new TunStatsException(
                    ErrorKind.NotAReport, path, $"'{path}' is {there.TypeText}. Give the report the path of a file.");
        }

        string target = Follow(path);
        var file = new ReportFile(path, target, isThere ? there : null);
        if (isThere)
        {
            file.CheckContent();
        }

        using TemporaryFile probe = file.Create();
        return file;
    }

    /// <summary>Refuses to replace a file that the report is made from, whatever its name.</summary>
    /// <param name="path">The path of the report.</param>
    /// <param name="input">The path of a file that is read.</param>
    /// <exception cref="TunStatsException">Both are the same file.</exception>
    public static void RefuseInput(string path, string input)
    {
        if (FileStatus.OfPath(path, follow: true, out FileStatus there) == Errno.None
            && there.IsRegular
            && FileStatus.OfPath(input, follow: true, out FileStatus read) == Errno.None
            && read.Identity == there.Identity)
        {
            throw new TunStatsException(
                ErrorKind.NotAReport,
                path,
                $"'{path}' is one of the files that the report is made from, and is not replaced. Give the report "
                + "another path.");
        }
    }

    /// <summary>Writes the report.</summary>
    /// <param name="html">The whole page.</param>
    /// <exception cref="TunStatsException">Something is there that is not replaced.</exception>
    /// <exception cref="IOException">It could not be written; a file that was there is unchanged.</exception>
    public void Write(string html)
    {
        byte[] content = Encoding.UTF8.GetBytes(html);
        if (_there is { IsRegular: false })
        {
            using SafeFileDescriptor output = Libc.OpenFile(_target, O_WRONLY | O_CLOEXEC | O_NOCTTY);
            Throw(output.IsInvalid ? Libc.LastError : DescriptorWriter.WriteAll(output, content));
            return;
        }

        // Reading takes its time: something else may have taken the name since.
        if (FileStatus.OfPath(_target, follow: false, out _) == Errno.None)
        {
            CheckContent();
        }

        using TemporaryFile file = Create();
        if (_there is { } there)
        {
            // Where the owner cannot be kept, the file is the caller's, with the same mode.
            _ = Libc.fchown(file.Descriptor, there.UserId, there.GroupId);
            _ = Libc.fchmod(file.Descriptor, there.Permissions & AccessBits);
        }

        Throw(DescriptorWriter.WriteAll(file.Descriptor, content));
        Throw(Libc.Sync(file.Descriptor));
        Throw(file.MoveTo(_target));
    }

    /// <summary>The path behind symbolic links, so that the link stays and its target is replaced.</summary>
    private static string Follow(string path)
    {
        string target = path;
        for (int links = 0; FileStatus.OfPath(target, follow: false, out FileStatus link) == Errno.None
            && (link.Mode & S_IFMT) == S_IFLNK; links++)
        {
            Throw(links == MaxLinks ? Errno.ELOOP : Errno.None);
            if (link.UserId != 0 && link.UserId != Libc.geteuid())
            {
                throw new TunStatsException(
                    ErrorKind.NotAReport,
                    path,
                    $"'{path}' is a symbolic link of another user, and is not followed. Give the path of the file "
                    + "itself.");
            }

            string next = new FileInfo(target).LinkTarget ?? throw new DescriptorException("Following", Errno.ENOENT);
            target = Path.Combine(DirectoryOf(target), next);
        }

        return target;
    }

    private static string DirectoryOf(string path) =>
        Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : path.StartsWith('/') ? "/" : ".";

    private static void Throw(Errno errno)
    {
        if (errno != Errno.None)
        {
            throw new DescriptorException("Writing the report", errno);
        }
    }

    private void CheckContent()
    {
        // For writing too: a file that its owner protected stays.
        using SafeFileDescriptor file = Libc.OpenFile(_target, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        Throw(file.IsInvalid ? Libc.LastError : Errno.None);
        Span<byte> start = stackalloc byte[ReportPage.Start.Length];
        int count = Libc.ReadAt(file, start, 0);
        Throw(count < 0 ? Libc.LastError : Errno.None);
        if (count > 0 && !start[..count].SequenceEqual(ReportPage.Start))
        {
            throw new TunStatsException(
                ErrorKind.NotAReport,
                _path,
                $"'{_path}' holds something other than a report of TunStats, and is not replaced. Give the report "
                + "another path, or remove the file first.");
        }
    }

    private TemporaryFile Create()
    {
        string directory = DirectoryOf(_target);
        Throw(TemporaryFile.Create(
            directory, TemporaryFile.CanBeNameless(directory), out TemporaryFile? file, NewFileMode));
        return file!;
    }
}
