using System.IO;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>Flushes directories to disk.</summary>
internal static class FileDirectory
{
    /// <summary>Flushes created, renamed and removed names to disk.</summary>
    /// <exception cref="IOException">The directory cannot be opened, or the disk reports an error.</exception>
    internal static void Sync(string path)
    {
        using SafeFileDescriptor directory = Libc.OpenFile(path, O_RDONLY | O_CLOEXEC);
        Errno errno = directory.IsInvalid ? Libc.LastError : Libc.Sync(directory);
        if (errno != Errno.None)
        {
            throw new DescriptorException($"Flushing the directory '{path}' to disk", errno);
        }
    }
}
