using System;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>Every error of the Peers room, in one place.</summary>
internal static class PeerErrors
{
    internal static TunStatsException KernelDenied(string device, Exception inner) => new(
        ErrorKind.PeersDenied,
        $"The kernel does not show this user the WireGuard peers of '{device}'. It needs CAP_NET_ADMIN: run "
        + "as root.",
        inner);

    internal static TunStatsException InvalidKernelReply(string device, string what) => new(
        ErrorKind.InvalidPeerReply, $"The kernel's answer about the WireGuard device '{device}' is not valid: {what}.");

    internal static TunStatsException PathLength(string path, int most) => new(
        ErrorKind.PeersFailed,
        $"The socket path '{path}' is too long: a Unix socket's path has at most {most} bytes. Give a shorter path.");

    internal static TunStatsException NotThere(string path) => new(
        ErrorKind.PeerSocketNotFound,
        $"Nothing listens on the socket '{path}'. Check the path, and whether the program behind it runs.");

    internal static TunStatsException Socket(string call, string path, Errno errno) => errno switch
    {
        Errno.EACCES or Errno.EPERM => new TunStatsException(
            ErrorKind.PeersDenied,
            $"This user may not use the socket '{path}': {Libc.ErrorText(errno)}. Run as root, or as its "
            + "owner."),
        Errno.EAGAIN => new TunStatsException(
            ErrorKind.PeersTimeout,
            $"The program behind the socket '{path}' accepts no connection: too many are waiting. Check "
            + "whether it hangs."),
        _ => new TunStatsException(
            ErrorKind.PeersFailed, $"{call} on the socket '{path}' failed: {Libc.ErrorText(errno)} ({errno})."),
    };

    internal static TunStatsException Timeout(string path, TimeSpan limit) => new(
        ErrorKind.PeersTimeout,
        $"The program behind the socket '{path}' did not answer within {limit.TotalSeconds:0.###} s. Check "
        + "whether it hangs.");

    internal static TunStatsException TooLong(string path, long most) => new(
        ErrorKind.PeerReplyTooLong,
        $"The answer on the socket '{path}' is longer than {most} bytes. Check what listens there.");

    internal static TunStatsException InvalidReply(string path, string what, Exception? inner = null) => new(
        ErrorKind.InvalidPeerReply,
        $"The answer on the socket '{path}' is not valid: {what}. Check what listens there.",
        inner);

    internal static TunStatsException Refused(string path, string what) => new(
        ErrorKind.PeersRefused, $"The program behind the socket '{path}' refused the request: {what}.");

    internal static TunStatsException Denied(string path, string what) => new(
        ErrorKind.PeersDenied,
        $"The program behind the socket '{path}' does not answer this user: {what}. Run as root.");
}
