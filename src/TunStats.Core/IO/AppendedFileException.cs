using System.IO;
using TunStats.Interop;

namespace TunStats.IO;

/// <summary>
/// A file cannot be appended to. The message says which file, why, and what to do. HResult is the error number where
/// the error number where the kernel gave one.
/// </summary>
public sealed class AppendedFileException : IOException
{
    internal AppendedFileException(string message, Errno errno = Errno.None)
        : base(message, (int)errno) => Errno = errno;

    /// <summary>The kernel's reason; none if the file itself is refused.</summary>
    public Errno Errno { get; }
}
