using System;
using TunStats.Interop;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// A file that grows by whole lines. Each line is one write(2) with O_APPEND, so that several writers never tear each
/// other's lines, and a file that is cut to nothing while it is written (copytruncate of logrotate) has no hole. A line
/// that a full disk cuts is taken back. One thread at a time.
/// </summary>
/// <remarks>
/// The file is regular, or /dev/null. A symbolic link is followed only to a regular file of the link's own owner, so
/// that a link which somebody put into a shared directory leads to no file of another. A last line that another
/// program left without its end is ended first.
/// </remarks>
public sealed class AppendedFile : IDisposable
{
    private const int Flags = O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    private const uint Mode = 0b110_110_110; // rw-rw-rw-, less the umask
    private const byte LineEnd = (byte)'\n';

    private SafeFileDescriptor _file;
    private bool _isInLine;

    private AppendedFile(string path)
    {
        Path = path;
        _file = OpenChecked(path, out _isInLine);
    }

    /// <summary>The path, as it was given.</summary>
    public string Path { get; }

    /// <summary>Opens a file, or makes it where there is none.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="AppendedFileException">It cannot be opened, or it is nothing to append to.</exception>
    public static AppendedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new AppendedFile(path);
    }

    /// <summary>Whether the file has no content, or its content begins with a character.</summary>
    /// <param name="character">An ASCII character.</param>
    internal bool StartsWith(char character) => Libc.ReadByte(_file, 0) is not { } first || first == character;

    /// <summary>Appends a line.</summary>
    /// <param name="line">The line; its last byte is a line feed.</param>
    /// <exception cref="AppendedFileException">It could not be written; a part of it was taken back.</exception>
    public void WriteLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[^1] != LineEnd)
        {
            throw new ArgumentException("A line ends with a line feed.", nameof(line));
        }

        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        if (_isInLine)
        {
            Write([LineEnd]);
            _isInLine = false;
        }

        Write(line);
    }

    /// <summary>
    /// Closes the file and opens what the path names now, after another program has renamed the file. Where that
    /// fails, the file stays open.
    /// </summary>
    /// <exception cref="AppendedFileException">It cannot be opened, or it is nothing to append to.</exception>
    public void Reopen()
    {
        SafeFileDescriptor next = OpenChecked(Path, out _isInLine);
        _file.Dispose();
        _file = next;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static SafeFileDescriptor OpenChecked(string path, out bool isInLine)
    {
        if (path is "/dev/stdout" or "/dev/stderr" || path.StartsWith("/dev/fd/", StringComparison.Ordinal)
            || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal))
        {
            throw new AppendedFileException(
                $"'{path}' is an output that is open already. Leave the file out to write to standard output.");
        }

        SafeFileDescriptor file = OpenOwn(path);
        try
        {
            Check(path, StatusOf(file, path));
            long length = Libc.lseek(file, 0, SEEK_END);
            isInLine = length > 0 && Libc.ReadByte(file, length - 1) is not (null or LineEnd);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file, and not through a link to a file of another owner.</summary>
    private static SafeFileDescriptor OpenOwn(string path)
    {
        SafeFileDescriptor file = OpenReadable(path, O_NOFOLLOW | O_CREAT);
        if (!file.IsInvalid)
        {
            return file;
        }

        Errno errno = Libc.LastError;
        file.Dispose();
        Errno statusError = FileStatus.OfPath(path, follow: false, out FileStatus link);
        if (errno != Errno.ELOOP || statusError != Errno.None || (link.Mode & S_IFMT) != S_IFLNK)
        {
            throw Refusal(path, errno);
        }

        // A link that leads nowhere makes the file, which is the caller's: so the link must be.
        file = OpenReadable(path, link.UserId == Libc.geteuid() ? O_CREAT : 0);
        if (file.IsInvalid)
        {
            errno = Libc.LastError;
            file.Dispose();
            throw errno == Errno.ENOENT
                ? new AppendedFileException(
                    $"'{path}' is a symbolic link of another user to a file that is not there.", errno)
                : Refusal(path, errno);
        }

        try
        {
            FileStatus target = StatusOf(file, path);
            return !target.IsRegular || target.UserId == link.UserId
                ? file
                : throw new AppendedFileException(
                    $"'{path}' is a symbolic link to a file of another owner than the link's, and is not followed. "
                    + "Give the path of the file itself.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>For reading too, where that is allowed: the last byte says whether the last line has its end.</summary>
    private static SafeFileDescriptor OpenReadable(string path, int flags)
    {
        SafeFileDescriptor file = Libc.OpenFile(path, Flags | O_RDWR | flags, Mode);
        if (!file.IsInvalid || Libc.LastError is not (Errno.EACCES or Errno.EPERM))
        {
            return file;
        }

        file.Dispose();
        return Libc.OpenFile(path, Flags | O_WRONLY | flags, Mode);
    }

    private static FileStatus StatusOf(SafeFileDescriptor file, string path)
    {
        Errno errno = FileStatus.Of(file, out FileStatus status);
        return errno == Errno.None ? status : throw Refusal(path, errno);
    }

    private static void Check(string path, in FileStatus status)
    {
        if (!status.IsRegular && !IsNullDevice(status))
        {
            throw new AppendedFileException(
                $"'{path}' is {status.TypeText}; lines are appended to regular files only. Give the path of a file.");
        }
    }

    private static bool IsNullDevice(in FileStatus status) =>
        FileStatus.OfPath("/dev/null", follow: true, out FileStatus device) == Errno.None
        && device.Identity == status.Identity;

    private static AppendedFileException Refusal(string path, Errno errno) => errno switch
    {
        // A named pipe that nobody reads, or a socket.
        Errno.ENXIO => new AppendedFileException(
            $"'{path}' is a socket or a device; lines are appended to regular files only. Give the path of a file.",
            errno),
        _ => new AppendedFileException(FileErrors.Describe(new DescriptorException("open", errno), path), errno),
    };

    private void Write(ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            Errno errno = Libc.Write(_file, bytes[done..], out int written);
            done += written;
            if (errno is Errno.None or Errno.EINTR)
            {
                // The kernel takes a part only where there is no room for the rest: the next write says why.
                continue;
            }

            throw TakeBack(done, errno);
        }
    }

    /// <summary>Cuts off what was written of a line, unless another writer's line follows it already.</summary>
    private AppendedFileException TakeBack(int count, Errno errno)
    {
        string rest = "";
        if (count > 0)
        {
            long end = Libc.lseek(_file, 0, SEEK_CUR);
            bool isLast = end == Libc.lseek(_file, 0, SEEK_END);
            bool isCut = isLast && end >= count && Libc.ftruncate(_file, end - count) == 0;
            _isInLine = isLast && !isCut;
            rest = isCut ? " The line was taken back." : " The end of the line is missing.";
        }

        string hint = errno is Errno.ENOSPC or Errno.EDQUOT ? " Free some space." : "";
        return new AppendedFileException(
            $"A line could not be appended to '{Path}': {Libc.ErrorText(errno)}.{rest}{hint}", errno);
    }
}
