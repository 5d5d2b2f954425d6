using TunStats.Interop;
using TunStats.Netlink;


namespace TunStats.Conntrack;

/// <summary>Every error of connection tracking, worded in one place.</summary>
internal static class ConntrackErrors
{
    internal static ConntrackException AccountingOff() => new(
        ConntrackErrorKind.AccountingOff,
        "The kernel does not count packets per connection: net.netfilter.nf_conntrack_acct is 0. Turn it on with "
        + "'sysctl -w net.netfilter.nf_conntrack_acct=1' in this network namespace, or let this command do it with "
        + "-EnableAccounting; connections that begin from then on are counted.");

    internal static ConntrackException NoSwitch(string path) => new(
        ConntrackErrorKind.Unavailable,
        $"This kernel tracks no connections: {path} does not exist. Load it with 'modprobe nf_conntrack', and have a "
        + "firewall rule in this network namespace that needs it, such as 'ct state established accept'.");

    internal static ConntrackException SwitchFailed(string path, bool write, Errno errno) =>
        errno is Errno.EACCES or Errno.EPERM
            ? new ConntrackException(
                ConntrackErrorKind.PermissionDenied,
                $"{path} may not be {(write ? "written" : "read")}: {Libc.ErrorText(errno)}. Run as root.")
            : new ConntrackException(
                ConntrackErrorKind.Failed,
                $"{path} cannot be {(write ? "written" : "read")}: {Libc.ErrorText(errno)} ({errno}).");

    /// <summary>What a refusal of ctnetlink means; null where the exception speaks for itself.</summary>
    internal static ConntrackException? Translate(NetlinkException exception) => exception.Errno switch
    {
        Errno.EPERM or Errno.EACCES => new ConntrackException(
            ConntrackErrorKind.PermissionDenied,
            "The connection table may not be read: it takes CAP_NET_ADMIN in the network namespace. Run as root, or "
            + "give the program the capability with 'setcap cap_net_admin=ep'.",
            exception),
        Errno.EPROTONOSUPPORT or Errno.EINVAL or Errno.EOPNOTSUPP => new ConntrackException(
            ConntrackErrorKind.Unavailable,
            "This kernel has no netlink interface to connection tracking. Load it with 'modprobe nf_conntrack_netlink' "
            + $"(CONFIG_NF_CT_NETLINK). {exception.Message}",
            exception),
        _ => null,
    };
}
