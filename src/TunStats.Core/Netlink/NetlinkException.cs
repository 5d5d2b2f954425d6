using TunStats.Interop;

namespace TunStats.Netlink;

/// <summary>
/// An exchange over netlink failed. The message says what was requested, what came back, and the kernel's own text.
/// </summary>
public sealed class NetlinkException : TunStatsException
{
    /// <summary>Makes an exception without an error number.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">The whole text for the user.</param>
    public NetlinkException(ErrorKind kind, string message)
        : base(kind, message)
    {
    }

    /// <summary>Makes an exception from an error number.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="errno">The positive error number.</param>
    /// <param name="kernelMessage">The text of the kernel's extended ack, or null if it sent none.</param>
    public NetlinkException(ErrorKind kind, string message, Errno errno, string? kernelMessage)
        : base(kind, message)
    {
        Errno = errno;
        KernelMessage = kernelMessage;
    }

    /// <summary>The positive error number, or <see cref="Errno.None"/> where there is none.</summary>
    public Errno Errno { get; }

    /// <summary>The kernel's own text (NLMSGERR_ATTR_MSG), or null if it sent none.</summary>
    public string? KernelMessage { get; }
}
