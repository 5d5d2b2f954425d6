using Microsoft.Win32.SafeHandles;

namespace TunStats.Interop;

/// <summary>A file descriptor that is closed exactly once, and never while a system call uses it.</summary>
internal sealed class SafeFileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Makes an empty handle; system calls that return a descriptor fill it.</summary>
    public SafeFileDescriptor()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Takes ownership of a descriptor.</summary>
    /// <param name="descriptor">The number that the kernel returned.</param>
    public SafeFileDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>Uses a descriptor that may belong to others, such as standard output.</summary>
    /// <param name="descriptor">The number.</param>
    /// <param name="ownsHandle">Whether to close it; if 1 or 2 were closed, the next file would get the number.</param>
    public SafeFileDescriptor(int descriptor, bool ownsHandle)
        : base(ownsHandle) => SetHandle(descriptor);

    /// <inheritdoc/>
    // close(2) frees the descriptor even where it reports EINTR or EIO: it must never be repeated.
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
