using System;

namespace TunStats.Interop;

/// <summary>
/// Random bytes from the kernel. The framework uses OpenSSL, and the native program would abort on a machine without
/// it.
/// </summary>
internal static class SystemRandom
{
    /// <summary>Fills a span with bytes that cannot be predicted (getrandom(2)).</summary>
    /// <exception cref="DescriptorException">The kernel refused.</exception>
    internal static unsafe void Fill(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            fixed (byte* data = bytes)
            {
                nint count = Libc.getrandom(data, (nuint)bytes.Length, 0);
                if (count >= 0)
                {
                    bytes = bytes[(int)count..];
                    continue;
                }
            }

            Errno errno = Libc.LastError;
            if (errno != Errno.EINTR)
            {
                throw new DescriptorException("Reading random bytes (getrandom)", errno);
            }
        }
    }
}
