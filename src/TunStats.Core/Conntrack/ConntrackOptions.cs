using System;
using TunStats.Net;

namespace TunStats.Conntrack;

/// <summary>How the kernel's connection table is counted.</summary>
public sealed record ConntrackOptions
{
    /// <summary>Turns nf_conntrack_acct on where it is off, instead of failing.</summary>
    public bool EnableAccounting { get; init; }

    /// <summary>
    /// Room for the events of connections that end, in bytes as the kernel counts them (about 1.3 KiB an event); used
    /// while events wait alone. 128 MiB unless told otherwise.
    /// </summary>
    public int EventQueueBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>
    /// Makes the kernel keep what does not fit the queue and send it again, so that no end is ever missed. Until then
    /// such connections stay in the kernel's table and count towards nf_conntrack_max, so it is off by default.
    /// </summary>
    public bool RedeliverEvents { get; init; }

    /// <summary>
    /// Most connections that one window holds: those that end beyond it, and were never seen alive, are counted
    /// together. What is in the kernel's table is always held: the kernel bounds it (nf_conntrack_max).
    /// </summary>
    public int MaxConnections { get; init; } = 1_000_000;

    /// <summary>
    /// Says which addresses are this node's. A connection to such an address from one that is not is turned round, so
    /// that its source is this node's side. Null: the source is the side that opened the connection.
    /// </summary>
    public Predicate<IpAddr>? IsLocal { get; init; }

    /// <summary>Says which connections to hand out, before an object is made of them; null for all.</summary>
    public Predicate<ConntrackTuple>? Filter { get; init; }
}
