using System.IO;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.IO;

/// <summary>Directories on the disk.</summary>
internal static class FileDirectory
{
    /// <summary>Brings names that were made, changed or removed to the disk.</summary>
    /// <exception cref="IOException">The directory cannot be opened, or the disk reports an error.</exception>
    internal static void Sync(string path)
    {
        using SafeFileDescriptor directory = Libc.OpenFile(path, O_RDONLY | O_CLOEXEC);
        Errno errno = directory.IsInvalid ? Libc.LastError : Libc.Sync(directory);
        if (errno != Errno.None)
        {
            throw new DescriptorException($"Bringing the directory '{path}' to the disk", errno);
        }
    }
}
