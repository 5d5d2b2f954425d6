using System;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>Writes to a descriptor and waits as long as necessary.</summary>
internal static class DescriptorWriter
{
    /// <summary>Writes all bytes.</summary>
    /// <returns>None, or why the descriptor takes no more.</returns>
    internal static Errno WriteAll(SafeFileDescriptor descriptor, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Errno errno = WriteSome(descriptor, bytes, out int written);
            if (errno != Errno.None)
            {
                return errno;
            }

            bytes = bytes[written..];
        }

        return Errno.None;
    }

    /// <summary>Waits until the descriptor takes bytes and writes as many as it takes.</summary>
    /// <returns>None, or why the descriptor takes no more.</returns>
    internal static Errno WriteSome(SafeFileDescriptor descriptor, ReadOnlySpan<byte> bytes, out int written)
    {
        while (true)
        {
            Errno errno = WaitUntilWritable(descriptor);
            if (errno == Errno.None)
            {
                errno = Libc.Write(descriptor, bytes, out written);
                if (errno == Errno.None)
                {
                    return Errno.None;
                }
            }

            if (errno is not (Errno.EINTR or Errno.EAGAIN))
            {
                written = 0;
                return errno;
            }
        }
    }

    /// <summary>Whether the descriptor is writable, or has an error pending; does not wait.</summary>
    internal static bool IsWritable(SafeFileDescriptor descriptor) => Poll(descriptor, milliseconds: 0) > 0;

    private static Errno WaitUntilWritable(SafeFileDescriptor descriptor) =>
        Poll(descriptor, milliseconds: -1) < 0 ? Libc.LastError : Errno.None;

    private static unsafe int Poll(SafeFileDescriptor descriptor, int milliseconds)
    {
        pollfd entry = new() { fd = (int)descriptor.DangerousGetHandle(), events = POLLOUT };
        return Libc.poll(&entry, 1, milliseconds);
    }
}
