namespace TunStats.Netlink;

/// <summary>What went wrong in an exchange with the kernel over netlink.</summary>
public enum NetlinkErrorKind
{
    /// <summary>The kernel answered with an error number; <see cref="NetlinkException.Errno"/> has it.</summary>
    Kernel,

    /// <summary>
    /// A system call on the socket failed; <see cref="NetlinkException.Errno"/> has the error number.
    /// </summary>
    Socket,

    /// <summary>No answer arrived within the time limit.</summary>
    Timeout,

    /// <summary>A datagram was larger than the receive buffer; its end is lost.</summary>
    Truncated,

    /// <summary>The answer does not follow the protocol: a length, a type or an index is not what it must be.</summary>
    Malformed,

    /// <summary>The kernel dropped messages for this socket (ENOBUFS); what is known must be read afresh.</summary>
    Overrun,
}
