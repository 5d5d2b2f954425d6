using System;
using System.Threading;

namespace TunStats.Interop;

/// <summary>
/// Writes to a descriptor that others share, such as standard output. The framework's console stream hides that the
/// reader has gone, its file streams keep an offset of their own, and both block forever when the reader stops reading.
/// </summary>
internal sealed class DescriptorOutput : IDisposable
{
    // PIPE_BUF: a writable pipe accepts this many bytes at once.
    private const int MaxAtOnce = 4096;
    private const int BufferSize = 16 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly SafeFileDescriptor _descriptor;
    private readonly DescriptorWait _wait;
    private int _held;

    /// <summary>Takes ownership of a descriptor.</summary>
    internal DescriptorOutput(SafeFileDescriptor descriptor, TimeProvider timeProvider)
    {
        _descriptor = descriptor;
        _wait = new DescriptorWait(timeProvider);
        _wait.Start(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Buffers bytes; writes the buffer when it is full.</summary>
    /// <exception cref="DescriptorException">The descriptor takes no more; EPIPE where the reader has gone.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before all was written.</exception>
    internal void Write(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length > BufferSize - _held)
        {
            Flush(cancellationToken);
        }

        if (bytes.Length > BufferSize)
        {
            WriteAll(bytes, cancellationToken);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_held));
        _held += bytes.Length;
    }

    /// <summary>Writes the buffered bytes.</summary>
    /// <exception cref="DescriptorException">As of <see cref="Write"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before all was written.</exception>
    internal void Flush(CancellationToken cancellationToken)
    {
        int held = _held;
        _held = 0;
        WriteAll(_buffer.AsSpan(0, held), cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _wait.Dispose();
        _descriptor.Dispose();
    }

    private void WriteAll(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            _wait.Writable(_descriptor, cancellationToken);
            bytes = bytes[WriteSome(bytes[..Math.Min(bytes.Length, MaxAtOnce)])..];
        }
    }

    private int WriteSome(ReadOnlySpan<byte> bytes)
    {
        Errno errno = Libc.Write(_descriptor, bytes, out int written);
        return errno is Errno.None or Errno.EINTR or Errno.EAGAIN
            ? written
            : throw new DescriptorException("Writing to standard output", errno);
    }
}
