using System;
using System.IO;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>A pipe, a terminal or whatever else a path leads to, read so that a token ends the wait.</summary>
internal sealed class DescriptorStream : ForwardStream
{
    private readonly SafeFileDescriptor _descriptor;
    private readonly DescriptorWait _wait;

    private DescriptorStream(SafeFileDescriptor descriptor, TimeProvider timeProvider)
    {
        _descriptor = descriptor;
        _wait = new DescriptorWait(timeProvider);
    }

    /// <summary>Ends the wait of the read under way and of those to come.</summary>
    internal CancellationToken CancellationToken { get; set; }

    /// <summary>Whether a pipe that nobody has opened for writing is waited for; else it has no content.</summary>
    internal bool WaitsForWriter { get; set; } = true;

    /// <summary>Whether the path leads to a file that can be sought in.</summary>
    internal bool IsRegularFile => Libc.lseek(_descriptor, 0, SEEK_CUR) >= 0;

    /// <summary>Standard input, which is neither closed nor switched to another mode.</summary>
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
                // A pipe that no writer has opened yet reads as ended; only after a wait is an end the end.
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
