using TunStats.IO;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Conntrack;

/// <summary>
/// The switch net.netfilter.nf_conntrack_acct of a network namespace: whether new connections count their packets.
/// Existing connections are not affected.
/// </summary>
internal static class ConntrackAccounting
{
    private const string EventsPath = "/proc/sys/net/netfilter/nf_conntrack_events";
    private const string Path = "/proc/sys/net/netfilter/nf_conntrack_acct";

    /// <summary>Whether accounting is on.</summary>
    /// <param name="networkNamespace">The namespace; null for the caller's own.</param>
    /// <exception cref="TunStatsException">This kernel has no connection tracking, or the switch cannot be
    /// read.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static unsafe bool IsOn(NetworkNamespace? networkNamespace = null)
    {
        using SafeFileDescriptor file = Open(networkNamespace, write: false);
        byte digit = 0;
        return Libc.read(file, &digit, 1) >= 0
            ? digit == (byte)'1'
            : throw ConntrackErrors.SwitchFailed(Path, write: false, Libc.LastError);
    }

    /// <summary>Turns accounting on; needs root.</summary>
    /// <param name="networkNamespace">The namespace; null for the caller's own.</param>
    /// <exception cref="TunStatsException">This kernel has no connection tracking, or the switch may not be
    /// written.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static unsafe void TurnOn(NetworkNamespace? networkNamespace = null)
    {
        using SafeFileDescriptor file = Open(networkNamespace, write: true);
        byte digit = (byte)'1';
        if (Libc.write(file, &digit, 1) < 0)
        {
            throw ConntrackErrors.SwitchFailed(Path, write: true, Libc.LastError);
        }
    }

    /// <summary>
    /// Opens the switch net.netfilter.nf_conntrack_events: 0 no events, 1 for all connections, 2 for those that begin
    /// while somebody listens.
    /// </summary>
    /// <param name="networkNamespace">The namespace; null for the caller's own.</param>
    /// <returns>The file; invalid where it cannot be opened.</returns>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
    public static SafeFileDescriptor OpenEvents(NetworkNamespace? networkNamespace) =>
        OpenFile(networkNamespace, EventsPath, O_RDONLY | O_CLOEXEC, out _);

    private static SafeFileDescriptor OpenFile(
        NetworkNamespace? networkNamespace, string path, int flags, out Errno errno)
    {
        if (networkNamespace is not null)
        {
            return networkNamespace.OpenFile(path, flags, out errno);
        }

        SafeFileDescriptor file = Libc.OpenFile(path, flags);
        errno = file.IsInvalid ? Libc.LastError : Errno.None;
        return file;
    }

    private static SafeFileDescriptor Open(NetworkNamespace? networkNamespace, bool write)
    {
        int flags = (write ? O_WRONLY : O_RDONLY) | O_CLOEXEC;
        SafeFileDescriptor file = OpenFile(networkNamespace, Path, flags, out Errno errno);
        if (errno == Errno.None)
        {
            return file;
        }

        file.Dispose();
        throw errno == Errno.ENOENT ? ConntrackErrors.NoSwitch(Path) : ConntrackErrors.SwitchFailed(Path, write, errno);
    }
}
