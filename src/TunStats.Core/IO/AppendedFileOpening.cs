using System;
using TunStats.Interop;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>
/// Opens regular files, or /dev/null, for appending. A symbolic link is followed only to a regular file of the link's
/// owner, so that a link in a shared directory cannot redirect output into another user's file.
/// </summary>
internal static class AppendedFileOpening
{
    private const int Flags = O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    private const uint Mode = 0b110_110_110; // rw-rw-rw-, less the umask

    /// <summary>Opens a file, or creates it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="isExclusive">Whether to lock it against other loggers.</param>
    /// <exception cref="AppendedFileException">
    /// It cannot be opened or locked, or lines cannot be appended to it.
    /// </exception>
    internal static SafeFileDescriptor Open(string path, bool isExclusive)
    {
        if (path is "/dev/stdout" or "/dev/stderr" || path.StartsWith("/dev/fd/", StringComparison.Ordinal)
            || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal))
        {
            throw new AppendedFileException(
                $"'{path}' is already open as an output. Leave the file out to write to standard output.");
        }

        while (true)
        {
            SafeFileDescriptor file = OpenOwn(path);
            try
            {
                FileStatus status = StatusOf(file, path);
                Check(path, status);
                if (!isExclusive || !status.IsRegular)
                {
                    return file;
                }

                Lock(path, file);

                // The previous holder of the lock may have renamed the file before it released the lock.
                if (FileStatus.OfPath(path, follow: true, out FileStatus named) == Errno.None
                    && named.Identity == status.Identity)
                {
                    return file;
                }

                file.Dispose();
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    private static void Lock(string path, SafeFileDescriptor file)
    {
        Errno errno = Libc.Lock(file);
        if (errno is Errno.EAGAIN or Errno.EACCES)
        {
            throw new AppendedFileException(
                $"'{path}' is in use by another logger. Give each logger a file of its own.", errno);
        }

        if (errno != Errno.None)
        {
            throw new AppendedFileException(
                $"'{path}' cannot be locked: {Libc.ErrorText(errno)}. Give a file on another file system.", errno);
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

        // Opening a dangling link creates a file of the caller, so the caller must own the link.
        file = OpenReadable(path, link.UserId == Libc.geteuid() ? O_CREAT : 0);
        if (file.IsInvalid)
        {
            errno = Libc.LastError;
            file.Dispose();
            throw errno == Errno.ENOENT
                ? new AppendedFileException(
                    $"'{path}' is a symbolic link of another user to a file that does not exist.", errno)
                : Refusal(path, errno);
        }

        try
        {
            FileStatus target = StatusOf(file, path);
            return !target.IsRegular || target.UserId == link.UserId
                ? file
                : throw new AppendedFileException(
                    $"'{path}' is a symbolic link to a file of another owner, so it is not followed. "
                    + "Give the path of the file itself.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens for reading too, where allowed, to see whether the last line is finished.</summary>
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
}
