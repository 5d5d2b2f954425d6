using System;
using System.Diagnostics.CodeAnalysis;
using TunStats.Interop;

namespace TunStats.Netlink;

/// <summary>Every error of the Netlink room, in one place, so that the hot code stays small.</summary>
internal static class NetlinkThrow
{
    [DoesNotReturn]
    internal static void MessageLength(uint length, int available) => throw Malformed(
        $"A netlink message claims {length} bytes where {available} are left and its header alone takes 16.");

    [DoesNotReturn]
    internal static void PayloadTooShort(string structName, int length, int needed) => throw Malformed(
        $"The payload of a netlink message has {length} bytes; struct {structName} needs at least {needed}.");

    [DoesNotReturn]
    internal static void AttributeLength(int length, int offset, int available) => throw Malformed(
        $"A netlink attribute at offset {offset} claims {length} bytes where {available} are left "
        + "and its header alone takes 4.");

    [DoesNotReturn]
    internal static void AttributeValue(string name, int length, int needed) => throw Malformed(
        $"The netlink attribute {name} has {length} bytes; {needed} are needed.");

    [DoesNotReturn]
    internal static void PrefixLength(string structName, int length, int most) => throw Malformed(
        $"A prefix in a struct {structName} has {length} bits; its family has {most}.");

    [DoesNotReturn]
    internal static void NexthopLength(int length, int available) => throw Malformed(
        $"A next hop in RTA_MULTIPATH claims {length} bytes where {available} are left and its header alone takes 8.");

    [DoesNotReturn]
    internal static void UnexpectedType(ushort expected, ushort type) => throw Malformed(
        $"Expected a netlink message of type {expected}, got one of type {type}.");

    [DoesNotReturn]
    internal static void ManyReplies(ushort type, int count) => throw Malformed(
        $"Expected one netlink message of type {type}, got {count} in one reply.");

    [DoesNotReturn]
    internal static void NoReply(ushort type) => throw Malformed(
        $"The kernel acknowledged the request but sent no answer of type {type}.");

    [DoesNotReturn]
    internal static void NoFamilyId(string name) => throw Malformed(
        $"The kernel's answer about the generic netlink family '{name}' holds no number (CTRL_ATTR_FAMILY_ID).");

    [DoesNotReturn]
    internal static void RequestFull(int needed, int capacity) => throw new ArgumentException(
        $"A netlink request of {needed} bytes does not fit the {capacity} bytes of its buffer.");

    [DoesNotReturn]
    internal static void Truncated(int length, int capacity) => throw new NetlinkException(
        ErrorKind.NetlinkTruncated,
        $"A netlink datagram of {length} bytes does not fit the receive buffer of {capacity}; it was truncated.");

    [DoesNotReturn]
    internal static void Timeout(TimeSpan limit) => throw new NetlinkException(
        ErrorKind.NetlinkTimeout,
        $"The kernel sent no answer to a netlink request within {limit.TotalSeconds:0.###} s.");

    [DoesNotReturn]
    internal static void Overrun() => throw new NetlinkException(
        ErrorKind.NetlinkOverrun,
        "The kernel dropped netlink messages because this socket's buffer was full (ENOBUFS). Try again.",
        Errno.ENOBUFS,
        kernelMessage: null);

    [DoesNotReturn]
    internal static void Socket(string call, Errno errno)
    {
        if (errno == Errno.ENOBUFS && call == "recvfrom")
        {
            Overrun();
        }

        throw new NetlinkException(
            ErrorKind.NetlinkFailed,
            $"{call} failed on a netlink socket: {Libc.ErrorText(errno)} ({errno}).",
            errno,
            kernelMessage: null);
    }

    [DoesNotReturn]
    internal static void Wait(DescriptorException error) => throw new NetlinkException(
        ErrorKind.NetlinkFailed, error.Message, error.Errno, kernelMessage: null);

    [DoesNotReturn]
    internal static void Kernel(Errno errno, string? kernelMessage) => throw new NetlinkException(
        ErrorKind.NetlinkRefused,
        kernelMessage is null
            ? $"The kernel refused a netlink request: {Libc.ErrorText(errno)} ({errno})."
            : $"The kernel refused a netlink request: {Libc.ErrorText(errno)} ({errno}): {kernelMessage}",
        errno,
        kernelMessage);

    private static NetlinkException Malformed(string message) => new(ErrorKind.InvalidKernelReply, message);
}
