using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TunStats.Interop;

/// <summary>The libc calls that the core makes, under libc's own names.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";
    private const uint StatusMask = FileConstants.STATX_BASIC_STATS | FileConstants.STATX_BTIME;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string pathname, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(SafeFileDescriptor fd, byte* buf, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(SafeFileDescriptor fd, byte* buf, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fsync(SafeFileDescriptor fd);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fdatasync(SafeFileDescriptor fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmod(SafeFileDescriptor fd, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchown(SafeFileDescriptor fd, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rename(string oldpath, string newpath);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlink(string pathname);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int linkat(int olddirfd, string oldpath, int newdirfd, string newpath, int flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int dirfd, string pathname, int flags, uint mask, statx* statxbuf);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(
        SafeFileDescriptor dirfd, string pathname, int flags, uint mask, statx* statxbuf);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial long lseek(SafeFileDescriptor fd, long offset, int whence);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ftruncate(SafeFileDescriptor fd, long length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint pread(SafeFileDescriptor fd, byte* buf, nuint count, long offset);

    [LibraryImport(Library)]
    internal static partial uint geteuid();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int bind(SafeFileDescriptor sockfd, void* addr, uint addrlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int listen(SafeFileDescriptor sockfd, int backlog);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int accept4(SafeFileDescriptor sockfd, void* addr, uint* addrlen, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(SafeFileDescriptor sockfd, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(SafeFileDescriptor sockfd, void* addr, uint addrlen);

    [LibraryImport(Library)]
    private static partial int getnameinfo(
        void* addr, uint addrlen, byte* host, uint hostlen, byte* serv, uint servlen, int flags);

    /// <summary>Looks up the name of an address with the system's resolver; blocks until it answers.</summary>
    /// <param name="address">4 or 16 bytes.</param>
    /// <returns>The name; null if there is none, or no answer.</returns>
    internal static string? GetNameInfo(ReadOnlySpan<byte> address)
    {
        const int NI_MAXHOST = 1025, NI_NAMEREQD = 8, IPv4Offset = 4, IPv6Offset = 8, IPv4Size = 16, IPv6Size = 28;
        bool is4 = address.Length == 4;
        Span<byte> sockaddr = stackalloc byte[IPv6Size];
        sockaddr.Clear();
        BitConverter.TryWriteBytes(
            sockaddr, (ushort)(is4 ? SocketConstants.AF_INET : SocketConstants.AF_INET6));
        address.CopyTo(sockaddr[(is4 ? IPv4Offset : IPv6Offset)..]);
        byte* host = stackalloc byte[NI_MAXHOST];
        fixed (byte* addr = sockaddr)
        {
            uint length = is4 ? IPv4Size : (uint)IPv6Size;
            return getnameinfo(addr, length, host, NI_MAXHOST, null, 0, NI_NAMEREQD) == 0
                ? Marshal.PtrToStringUTF8((nint)host)
                : null;
        }
    }

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockname(SafeFileDescriptor sockfd, void* addr, uint* addrlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsockopt(
        SafeFileDescriptor sockfd, int level, int optname, void* optval, uint optlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockopt(
        SafeFileDescriptor sockfd, int level, int optname, void* optval, uint* optlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial void* mmap(void* addr, nuint length, int prot, int flags, SafeFileDescriptor fd,
        nint offset);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial void* mmap_anonymous(void* addr, nuint length, int prot, int flags, int fd, nint offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int madvise(void* addr, nuint length, int advice);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int munmap(void* addr, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendto(
        SafeFileDescriptor sockfd, byte* buf, nuint len, int flags, void* dest_addr, uint addrlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvfrom(
        SafeFileDescriptor sockfd, byte* buf, nuint len, int flags, void* src_addr, uint* addrlen);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(pollfd* fds, nuint nfds, int timeout);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int eventfd(uint initval, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getrandom(byte* buf, nuint buflen, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(int fd, int cmd);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int ioctl(SafeSocketHandle fd, nuint request, int* value);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fcntl(SafeFileDescriptor fd, int cmd, flock* arg);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint signal(int signum, nint handler);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int isatty(int fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcgetattr(SafeFileDescriptor fd, termios* termios_p);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcsetattr(SafeFileDescriptor fd, int optional_actions, termios* termios_p);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl_ifreq(SafeFileDescriptor fd, nuint request, ifreq* argp);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl_winsize(SafeFileDescriptor fd, nuint request, winsize* argp);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setns(int fd, int nstype);

    /// <summary>The error of the last call on this thread that sets errno.</summary>
    internal static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>The C library's text for an error number ("No such device").</summary>
    internal static string ErrorText(Errno errno) => Marshal.GetPInvokeErrorMessage((int)errno);

    // A handle is as wide as a pointer and a descriptor is an int, so a -1 read as a handle would be 4294967295.

    /// <summary>open(2) of an existing file; an invalid handle on failure, with errno set.</summary>
    internal static SafeFileDescriptor OpenFile(string path, int flags) => new(open(path, flags, 0));

    /// <summary>open(2) of a new file; an invalid handle where it exists or on failure, with errno set.</summary>
    internal static SafeFileDescriptor CreateFile(string path, int flags, uint mode) =>
        new(open(path, flags | FileConstants.O_CREAT | FileConstants.O_EXCL, mode));

    /// <summary>
    /// open(2) of a file that is created if it does not exist; an invalid handle on failure, with errno set.
    /// </summary>
    internal static SafeFileDescriptor OpenFile(string path, int flags, uint mode) => new(open(path, flags, mode));

    /// <summary>Gives a file that was opened with O_TMPFILE a name (linkat(2)).</summary>
    internal static Errno LinkFile(SafeFileDescriptor file, string path)
    {
        bool isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            return linkat(
                FileConstants.AT_FDCWD,
                $"/proc/self/fd/{file.DangerousGetHandle()}",
                FileConstants.AT_FDCWD,
                path,
                FileConstants.AT_SYMLINK_FOLLOW) == 0 ? Errno.None : LastError;
        }
        finally
        {
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>The byte at an offset of a file; null if it cannot be read.</summary>
    internal static byte? ReadByte(SafeFileDescriptor descriptor, long offset)
    {
        byte value;
        return pread(descriptor, &value, 1, offset) == 1 ? value : null;
    }

    /// <summary>pread(2): fewer bytes at the end of the file, -1 on failure.</summary>
    internal static int ReadAt(SafeFileDescriptor descriptor, Span<byte> bytes, long offset)
    {
        fixed (byte* data = bytes)
        {
            return (int)pread(descriptor, data, (nuint)bytes.Length, offset);
        }
    }

    /// <summary>
    /// Locks a whole file for one open file description (F_OFD_SETLK). Unlike flock(2), which the framework uses for
    /// its file streams, this lock does not disturb programs that only read the file.
    /// </summary>
    /// <returns>None; EAGAIN where another holder has the lock; else why locking failed.</returns>
    internal static Errno Lock(SafeFileDescriptor descriptor)
    {
        flock whole = new() { l_type = FileConstants.F_WRLCK };
        return fcntl(descriptor, FileConstants.F_OFD_SETLK, &whole) == 0 ? Errno.None : LastError;
    }

    /// <summary>Flushes a file or a directory to disk (fsync).</summary>
    /// <returns>None also where this file system does not support it.</returns>
    internal static Errno Sync(SafeFileDescriptor descriptor, bool dataOnly = false)
    {
        while ((dataOnly ? fdatasync(descriptor) : fsync(descriptor)) != 0)
        {
            if (LastError != Errno.EINTR)
            {
                return LastError == Errno.EINVAL ? Errno.None : LastError;
            }
        }

        return Errno.None;
    }

    /// <summary>statx(2) of a path.</summary>
    internal static Errno Status(string path, bool follow, out FileStatus status)
    {
        statx found = default;
        int flags = follow ? 0 : FileConstants.AT_SYMLINK_NOFOLLOW;
        return Status(statx(FileConstants.AT_FDCWD, path, flags, StatusMask, &found), found, out status);
    }

    /// <summary>statx(2) of an open file.</summary>
    internal static Errno Status(SafeFileDescriptor file, out FileStatus status)
    {
        statx found = default;
        return Status(statx(file, "", FileConstants.AT_EMPTY_PATH, StatusMask, &found), found, out status);
    }

    /// <summary>eventfd(2); an invalid handle where it fails, with errno set.</summary>
    internal static SafeFileDescriptor OpenEvent(int flags) => new(eventfd(0, flags));

    /// <summary>Whether a descriptor is a terminal.</summary>
    internal static bool IsTerminal(int descriptor) => isatty(descriptor) == 1;

    /// <summary>write(2).</summary>
    /// <param name="descriptor">Where to write.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="written">How much the kernel took.</param>
    internal static Errno Write(SafeFileDescriptor descriptor, ReadOnlySpan<byte> bytes, out int written)
    {
        fixed (byte* data = bytes)
        {
            nint count = write(descriptor, data, (nuint)bytes.Length);
            written = (int)Math.Max(count, 0);
            return count < 0 ? LastError : Errno.None;
        }
    }

    /// <summary>Sets a socket option whose value is an int.</summary>
    internal static Errno SetOption(SafeFileDescriptor socket, int level, int option, int value) =>
        setsockopt(socket, level, option, &value, sizeof(int)) == 0 ? Errno.None : LastError;

    /// <summary>Bytes of a TCP socket that the other end has not acknowledged (SIOCOUTQ).</summary>
    internal static Errno GetUnacknowledgedBytes(SafeSocketHandle socket, out int count)
    {
        int bytes;
        Errno errno = ioctl(socket, SocketConstants.SIOCOUTQ, &bytes) == 0 ? Errno.None : LastError;
        count = errno == Errno.None ? bytes : 0;
        return errno;
    }

    private static Errno Status(int result, in statx found, out FileStatus status)
    {
        if (result != 0)
        {
            status = default;
            return LastError;
        }

        statx_timestamp birth = (found.stx_mask & FileConstants.STATX_BTIME) != 0 ? found.stx_btime : default;
        var identity = new FileIdentity(
            found.stx_dev_major, found.stx_dev_minor, found.stx_ino, birth.tv_sec, birth.tv_nsec);
        status = new FileStatus(identity, found.stx_mode, found.stx_uid, found.stx_gid, found.stx_nlink);
        return Errno.None;
    }
}
