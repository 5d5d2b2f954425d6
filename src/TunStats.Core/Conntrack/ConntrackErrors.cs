using TunStats.Interop;
using TunStats.Netlink;


namespace TunStats.Conntrack;

/// <summary>Every error of connection tracking, in one place.</summary>
internal static class ConntrackErrors
{
    internal static TunStatsException AccountingOff() => new(
        ErrorKind.ConntrackAccountingOff,
        "The kernel does not count packets per connection: net.netfilter.nf_conntrack_acct is 0. Turn it on with "
        + "'sysctl -w net.netfilter.nf_conntrack_acct=1' in this network namespace, or let this command do it with "
        + "-EnableAccounting; connections that begin from then on are counted.");

    internal static TunStatsException NoSwitch(string path) => new(
        ErrorKind.ConntrackUnavailable,
        $"This kernel has no connection tracking: {path} does not exist. Load it with 'modprobe nf_conntrack', and "
        + "have a firewall rule in this network namespace that needs it, such as 'ct state established accept'.");

    internal static TunStatsException SwitchFailed(string path, bool write, Errno errno) =>
        errno is Errno.EACCES or Errno.EPERM
            ? new TunStatsException(
                ErrorKind.ConntrackDenied,
                $"{path} may not be {(write ? "written" : "read")}: {Libc.ErrorText(errno)}. Run as root.")
            : new TunStatsException(
                ErrorKind.ConntrackFailed,
                $"{path} cannot be {(write ? "written" : "read")}: {Libc.ErrorText(errno)} ({errno}).");

    /// <summary>The explanation of a ctnetlink error; null if its own message suffices.</summary>
    internal static TunStatsException? Translate(NetlinkException exception) => exception.Errno switch
    {
        Errno.EPERM or Errno.EACCES => new TunStatsException(
            ErrorKind.ConntrackDenied,
            "The connection table may not be read: it takes CAP_NET_ADMIN in the network namespace. Run as root, or "
            + "give the program the capability with 'setcap cap_net_admin=ep'.",
            exception),
        Errno.EPROTONOSUPPORT or Errno.EINVAL or Errno.EOPNOTSUPP => new TunStatsException(
            ErrorKind.ConntrackUnavailable,
            "This kernel has no netlink interface to connection tracking. Load it with 'modprobe nf_conntrack_netlink' "
            + $"(CONFIG_NF_CT_NETLINK). {exception.Message}",
            exception),
        _ => null,
    };
}
