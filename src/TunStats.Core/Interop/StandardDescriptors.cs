using static TunStats.Interop.SocketConstants;

namespace TunStats.Interop;

/// <summary>Standard input, output and error.</summary>
internal static class StandardDescriptors
{
    internal const int Input = 0;
    internal const int Output = 1;
    internal const int Error = 2;

    /// <summary>
    /// Opens /dev/null where one of the three is closed, else the next file or socket would get its number and be
    /// written to. Input cannot be read then, nor output written: what is lost is an error. Must come before anything
    /// that opens a descriptor.
    /// </summary>
    internal static void OpenMissing()
    {
        for (int descriptor = Input; descriptor <= Error; descriptor++)
        {
            if (Libc.fcntl(descriptor, F_GETFD) >= 0)
            {
                continue;
            }

            // The kernel hands out the lowest number that is free, which is this one. Without a /dev, as in some
            // chroots, the root directory takes the number: nothing can be written to it.
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

        // It stays open as long as the process.
        file.SetHandleAsInvalid();
        return descriptor;
    }
}
