using System;
using TunStats.Interop;
using TunStats.IO;
using static TunStats.Interop.FileConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Export;

/// <summary>
/// A file of a spool: a regular one, opened without waiting, which can be made again where its name is gone.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    private const uint Mode = 0b110_000_000; // rw-------

    private SafeFileDescriptor _file;

    private SpoolFile(string path, SafeFileDescriptor file) => (Path, _file) = (path, file);

    private static int Flags => O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

    internal string Path { get; }

    internal long Length => Libc.lseek(_file, 0, SEEK_END);

    /// <summary>Whether its path names it no more.</summary>
    internal bool IsGone =>
        FileStatus.OfPath(Path, follow: false, out FileStatus named) != Errno.None
        || FileStatus.Of(_file, out FileStatus own) != Errno.None
        || named.Identity != own.Identity;

    /// <summary>Opens a file, or makes it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="creation">0, O_CREAT, or O_CREAT and O_EXCL.</param>
    /// <exception cref="System.IO.IOException">That does not work, or it is not a regular file.</exception>
    internal static SpoolFile Open(string path, int creation) => new(path, OpenDescriptor(path, creation));

    /// <summary>Reads at an offset.</summary>
    /// <returns>The number of bytes, less than asked for at the end and where they cannot be read.</returns>
    internal int Read(Span<byte> bytes, long at)
    {
        int done = 0;
        while (done < bytes.Length && Libc.ReadAt(_file, bytes[done..], at + done) is > 0 and int count)
        {
            done += count;
        }

        return done;
    }

    /// <exception cref="DescriptorException">Not all of it was written.</exception>
    internal void Write(ReadOnlySpan<byte> bytes, long at) => Write(_file, bytes, at);

    internal void Truncate(long length) => _ = Libc.ftruncate(_file, length);

    /// <exception cref="DescriptorException">The disk reports an error.</exception>
    internal void Sync() => Check(Libc.Sync(_file));

    /// <summary>Makes the file again, with all that is in it.</summary>
    /// <exception cref="System.IO.IOException">That does not work.</exception>
    internal void Restore()
    {
        string path = Path + ".new";
        _ = Libc.unlink(path);
        SafeFileDescriptor file = OpenDescriptor(path, O_CREAT | O_EXCL);
        try
        {
            byte[] bytes = new byte[64 * 1024];
            long at = 0;
            while (Read(bytes, at) is > 0 and int count)
            {
                Write(file, bytes.AsSpan(0, count), at);
                at += count;
            }

            Check(Libc.Sync(file));
            Check(Libc.rename(path, Path) == 0 ? Errno.None : Libc.LastError);
        }
        catch
        {
            _ = Libc.unlink(path);
            file.Dispose();
            throw;
        }

        _file.Dispose();
        _file = file;
    }

    public void Dispose() => _file.Dispose();

    private static SafeFileDescriptor OpenDescriptor(string path, int creation)
    {
        // What is not a regular file can do harm when it is opened; what takes its place meanwhile is found below.
        if (FileStatus.OfPath(path, follow: false, out FileStatus named) == Errno.None && !named.IsRegular)
        {
            throw NotRegular(path, named);
        }

        SafeFileDescriptor file = Libc.OpenFile(path, Flags | creation, Mode);
        if (file.IsInvalid)
        {
            Errno errno = Libc.LastError;
            file.Dispose();
            throw new DescriptorException($"Opening '{path}'", errno);
        }

        if (FileStatus.Of(file, out FileStatus status) == Errno.None && status.IsRegular)
        {
            return file;
        }

        file.Dispose();
        throw NotRegular(path, status);
    }

    private static AppendedFileException NotRegular(string path, in FileStatus status) =>
        new($"'{path}' is {status.TypeText}, not a file of a spool. Remove it, or give another folder.");

    private static void Write(SafeFileDescriptor file, ReadOnlySpan<byte> bytes, long at)
    {
        Check(Libc.lseek(file, at, SEEK_SET) < 0 ? Libc.LastError : Errno.None);
        while (!bytes.IsEmpty)
        {
            Errno errno = Libc.Write(file, bytes, out int written);
            bytes = bytes[written..];
            Check(errno == Errno.EINTR ? Errno.None : errno);
        }
    }

    private static void Check(Errno errno)
    {
        if (errno != Errno.None)
        {
            throw new DescriptorException("Writing to the spool", errno);
        }
    }
}
