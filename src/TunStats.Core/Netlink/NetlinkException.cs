using System;
using TunStats.Interop;

namespace TunStats.Netlink;

/// <summary>
/// An exchange over netlink failed. The message says what was asked, what came back and the kernel's own text.
/// </summary>
public sealed class NetlinkException : Exception
{
    /// <summary>Makes an exception without an error number.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">The whole text for the user.</param>
    public NetlinkException(NetlinkErrorKind kind, string message)
        : base(message) => Kind = kind;

    /// <summary>Makes an exception from an error number.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">The whole text for the user.</param>
    /// <param name="errno">The positive error number.</param>
    /// <param name="kernelMessage">The text of the kernel's extended ack, or null where it sent none.</param>
    public NetlinkException(NetlinkErrorKind kind, string message, Errno errno, string? kernelMessage)
        : base(message)
    {
        Kind = kind;
        Errno = errno;
        KernelMessage = kernelMessage;
    }

    /// <summary>What went wrong.</summary>
    public NetlinkErrorKind Kind { get; }

    /// <summary>The positive error number, or <see cref="Errno.None"/> where there is none.</summary>
    public Errno Errno { get; }

    /// <summary>The kernel's own words (NLMSGERR_ATTR_MSG), or null where it sent none.</summary>
    public string? KernelMessage { get; }
}
