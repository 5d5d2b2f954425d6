using System;
using System.IO;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>A pipe, a terminal or another unseekable file, read so that a token cancels the wait.</summary>
internal sealed class DescriptorStream : ForwardStream
{
    private readonly SafeFileDescriptor _descriptor;
    private readonly DescriptorWait _wait;

    private DescriptorStream(SafeFileDescriptor descriptor, TimeProvider timeProvider)
    {
        _descriptor = descriptor;
        _wait = new DescriptorWait(timeProvider);
    }

    /// <summary>Cancels the current and all later reads.</summary>
    internal CancellationToken CancellationToken { get; set; }

    /// <summary>Whether to wait for a writer of a pipe; otherwise a pipe without a writer is empty.</summary>
    internal bool WaitsForWriter { get; set; } = true;

    /// <summary>Whether the file is seekable.</summary>
    internal bool IsRegularFile => Libc.lseek(_descriptor, 0, SEEK_CUR) >= 0;

    /// <summary>Standard input, which stays open and in its mode.</summary>
    internal static DescriptorStream OpenStandardInput(TimeProvider timeProvider) =>
        new(StandardDescriptors.Borrow(StandardDescriptors.Input), timeProvider);

    /// <summary>Opens without waiting for a pipe's other end.</summary>
    internal static DescriptorStream Open(string path, TimeProvider timeProvider)
    {
        SafeFileDescriptor descriptor = Libc.OpenFile(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (!descriptor.IsInvalid)
        {
            return new DescriptorStream(descriptor, timeProvider);
        }

        Errno errno = Libc.LastError;
        descriptor.Dispose();
        throw errno switch
        {
            Errno.ENOENT or Errno.ENOTDIR => new FileNotFoundException($"There is no file '{path}'.", path),
            Errno.EACCES or Errno.EPERM => new UnauthorizedAccessException(
                $"The file '{path}' may not be read: {Libc.ErrorText(errno)}."),
            _ => new IOException($"The file '{path}' cannot be opened: {Libc.ErrorText(errno)} ({errno}).", (int)errno),
        };
    }

    public override unsafe int Read(Span<byte> buffer)
    {
        for (bool waits = WaitsForWriter; ; waits = true)
        {
            if (waits)
            {
                // A pipe without a writer yet reads as ended; only an end after a wait is final.
                _wait.Start(Timeout.InfiniteTimeSpan);
                _wait.Readable(_descriptor, CancellationToken);
            }

            fixed (byte* data = buffer)
            {
                nint read = Libc.read(_descriptor, data, (nuint)buffer.Length);
                if (read >= 0)
                {
                    return (int)read;
                }
            }

            Errno errno = Libc.LastError;
            if (errno is not (Errno.EINTR or Errno.EAGAIN))
            {
                throw new IOException($"Reading failed: {Libc.ErrorText(errno)} ({errno}).", (int)errno);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        _descriptor.Dispose();
        _wait.Dispose();
        base.Dispose(disposing);
    }
}
