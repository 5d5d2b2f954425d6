using System;

namespace TunStats.Capture;

/// <summary>
/// The memory of the rings of several devices: 32 MiB for one device, 8 MiB each for five or more, at most 512 MiB in
/// all. It is kernel memory, which is not swapped out.
/// </summary>
internal static class RingBudget
{
    /// <summary>The ring of a single device: 32 MiB, about 100,000 packets or more.</summary>
    public const long OneDevice = 32 * MiB;

    /// <summary>The ring of each of five or more devices: 8 MiB.</summary>
    public const long ManyDevices = 8 * MiB;

    /// <summary>The default limit of all rings together: 512 MiB.</summary>
    public const long Total = 512 * MiB;

    /// <summary>The smallest ring: 128 KiB.</summary>
    public const long Smallest = 2 * BlockSize;

    /// <summary>The largest ring: 16 GiB.</summary>
    public const long Largest = 16 * 1024 * MiB;

    private const long MiB = 1024 * 1024;

    // Five rings of 8 MiB; two to four devices share as much.
    private const long FewDevices = 5 * ManyDevices;

    // The kernel retires a block every few milliseconds, even if nearly empty: many small blocks bridge a reader that
    // is held up for many seconds at low rates. The size is a multiple of the largest kernel page size.
    private const int BlockSize = 64 * 1024;

    /// <summary>The size of each ring.</summary>
    /// <param name="devices">The number of devices captured at the same time.</param>
    /// <param name="requested">
    /// The requested size of each ring in bytes, without a total limit; null for none.
    /// </param>
    /// <returns>Bytes per device.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No device, or a size outside <see cref="Smallest"/> to <see cref="Largest"/>.
    /// </exception>
    public static long PerDevice(int devices, long? requested = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(devices, 1);
        if (requested is { } bytes)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(bytes, Smallest);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Largest);
            return bytes;
        }

        long share = Math.Clamp(FewDevices / devices, ManyDevices, OneDevice);
        return Math.Max(Math.Min(share, Total / devices), Smallest);
    }

    /// <summary>The number of blocks of a ring, rounded down.</summary>
    internal static (uint BlockSize, uint Blocks) Shape(long bytes) => (BlockSize, (uint)(bytes / BlockSize));
}
