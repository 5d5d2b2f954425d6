using System.Runtime.InteropServices;
using static TunStats.Interop.PacketConstants;

namespace TunStats.Interop;

/// <summary>Memory of mmap(2), shared with the kernel or private, unmapped exactly once.</summary>
internal sealed unsafe class SafeMapping : SafeHandle
{
    private const nint MAP_FAILED = -1;

    private readonly nuint _length;

    private SafeMapping(void* address, nuint length)
        : base(MAP_FAILED, ownsHandle: true)
    {
        _length = length;
        SetHandle((nint)address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == MAP_FAILED;

    internal byte* Address => (byte*)handle;

    /// <summary>
    /// Maps a descriptor for reading and writing; an invalid handle where that fails, with errno set.
    /// </summary>
    internal static SafeMapping Map(SafeFileDescriptor descriptor, nuint length) =>
        new(Libc.mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), length);

    /// <summary>
    /// Reserves zeroed memory that is allocated when it is touched; an invalid handle on failure, with errno set.
    /// </summary>
    internal static SafeMapping Anonymous(nuint length) => new(
        Libc.mmap_anonymous(
            null, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
        length);

    /// <summary>
    /// Asks for large pages for untouched memory. Without them only the speed differs.
    /// </summary>
    internal void PreferLargePages() => _ = Libc.madvise((void*)handle, _length, MADV_HUGEPAGE);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.munmap((void*)handle, _length) == 0;
}
