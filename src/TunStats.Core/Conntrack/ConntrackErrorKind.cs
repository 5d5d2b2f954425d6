namespace TunStats.Conntrack;

/// <summary>Why the kernel's connection table cannot be counted.</summary>
public enum ConntrackErrorKind
{
    /// <summary>The kernel counts no packets per connection (nf_conntrack_acct is 0).</summary>
    AccountingOff,

    /// <summary>The process may not read the table, or may not turn accounting on (CAP_NET_ADMIN).</summary>
    PermissionDenied,

    /// <summary>This kernel has no connection tracking, or no netlink interface to it.</summary>
    Unavailable,

    /// <summary>A system call failed for another reason, which the message tells.</summary>
    Failed,
}
