using System;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Every error of the Peers room, worded in one place.</summary>
internal static class PeerErrors
{
    internal static PeerException KernelDenied(string device, Exception inner) => new(
        PeerErrorKind.PermissionDenied,
        $"The kernel does not show this user the WireGuard peers of '{device}'. It takes CAP_NET_ADMIN: run "
        + "as root.",
        inner);

    internal static PeerException InvalidKernelReply(string device, string what) => new(
        PeerErrorKind.InvalidReply, $"The kernel's answer about the WireGuard device '{device}' is not valid: {what}.");

    internal static PeerException PathLength(string path, int most) => new(
        PeerErrorKind.Failed,
        $"The socket path '{path}' is too long: a Unix socket's path has at most {most} bytes. Give a shorter path.");

    internal static PeerException NotThere(string path) => new(
        PeerErrorKind.NotFound,
        $"Nothing listens on the socket '{path}'. Check the path, and whether the program behind it runs.");

    internal static PeerException Socket(string call, string path, Errno errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM => new PeerException(
            PeerErrorKind.PermissionDenied,
            $"This user may not use the socket '{path}': {Libc.ErrorText(errno)}. Run as root, or as its "
            + "owner."),
        Errno.EAGAIN => new PeerException(
            PeerErrorKind.Timeout,
            $"The program behind the socket '{path}' accepts no connection: too many are waiting. Check "
            + "whether it hangs."),
        _ => new PeerException(
            PeerErrorKind.Failed, $"{call} on the socket '{path}' failed: {Libc.ErrorText(errno)} ({errno})."),
    };

    internal static PeerException Timeout(string path, TimeSpan limit) => new(
        PeerErrorKind.Timeout,
        $"The program behind the socket '{path}' did not answer within {limit.TotalSeconds:0.###} s. Check "
        + "whether it hangs.");

    internal static PeerException TooLong(string path, long most) => new(
        PeerErrorKind.TooLong,
        $"The answer on the socket '{path}' is longer than {most} bytes. Check what listens there.");

    internal static PeerException InvalidReply(string path, string what, Exception? inner = null) => new(
        PeerErrorKind.InvalidReply,
        $"The answer on the socket '{path}' is not valid: {what}. Check what listens there.",
        inner);

    internal static PeerException Refused(string path, string what) => new(
        PeerErrorKind.Refused, $"The program behind the socket '{path}' refused the request: {what}.");

    internal static PeerException Denied(string path, string what) => new(
        PeerErrorKind.PermissionDenied,
        $"The program behind the socket '{path}' does not answer this user: {what}. Run as root.");
}
