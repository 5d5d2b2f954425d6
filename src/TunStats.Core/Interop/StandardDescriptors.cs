using static TunStats.Interop.SocketConstants;

namespace TunStats.Interop;

/// <summary>Standard input, output and error.</summary>
internal static class StandardDescriptors
{
    internal const int Input = 0;
    internal const int Output = 1;
    internal const int Error = 2;

    /// <summary>
    /// Opens /dev/null for each of the three that is closed; otherwise the next file or socket would get its number and
    /// receive the program's output. Reads and writes fail then. Call before anything else opens a descriptor.
    /// </summary>
    internal static void OpenMissing()
    {
        for (int descriptor = Input; descriptor <= Error; descriptor++)
        {
            if (Libc.fcntl(descriptor, F_GETFD) >= 0)
            {
                continue;
            }

            // The kernel returns the lowest free number, which is this one. Without /dev, as in some chroots, the root
            // directory takes the number: it cannot be written to.
            if (Open("/dev/null", descriptor == Input ? O_WRONLY : O_RDONLY) < 0)
            {
                Open("/", O_RDONLY);
            }
        }
    }

    /// <summary>Standard output or error as a handle that never closes it.</summary>
    internal static SafeFileDescriptor Borrow(int descriptor) => new(descriptor, ownsHandle: false);

    private static int Open(string path, int flags)
    {
        SafeFileDescriptor file = Libc.OpenFile(path, flags);
        int descriptor = (int)file.DangerousGetHandle();

        // Open as long as the process runs.
        file.SetHandleAsInvalid();
        return descriptor;
    }
}
