using System;
using TunStats.Interop;

namespace TunStats.Capture;

/// <summary>Packets of a device cannot be captured. The message says what to do.</summary>
public sealed class PacketRingException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="kind">Why they cannot be captured.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="errno">The error number of the system call that failed.</param>
    public PacketRingException(PacketRingErrorKind kind, string message, Errno errno)
        : base(message)
    {
        Kind = kind;
        Errno = errno;
    }

    /// <summary>Why they cannot be captured.</summary>
    public PacketRingErrorKind Kind { get; }

    /// <summary>The error number of the system call that failed.</summary>
    public Errno Errno { get; }

    internal static PacketRingException From(string call, Errno errno) => errno switch
    {
        Errno.EPERM or Errno.EACCES => new PacketRingException(
            PacketRingErrorKind.PermissionDenied,
            "Capturing packets takes the capability CAP_NET_RAW, which this process lacks. Run it as root, or give "
            + $"it to the program with 'setcap cap_net_raw+ep {Environment.ProcessPath}'.",
            errno),
        Errno.ENOMEM => new PacketRingException(
            PacketRingErrorKind.OutOfMemory,
            $"The kernel has no memory for the packet ring ({call}: {Libc.ErrorText(errno)}). Count fewer devices at "
            + "the same time, or free memory.",
            errno),
        _ => new PacketRingException(
            PacketRingErrorKind.Failed,
            $"Packets cannot be captured: {call} failed: {Libc.ErrorText(errno)} ({errno}).",
            errno),
    };
}
