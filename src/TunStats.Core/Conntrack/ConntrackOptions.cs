using System;
using TunStats.Net;

namespace TunStats.Conntrack;

/// <summary>How the kernel's connection table is counted.</summary>
internal sealed record ConntrackOptions
{
    /// <summary>Turns nf_conntrack_acct on where it is off, instead of failing.</summary>
    public bool EnableAccounting { get; init; }

    /// <summary>
    /// The queue for events of connections that end, in bytes as the kernel counts them (about 1.3 KiB per event); used
    /// only while events are queued. Default 128 MiB.
    /// </summary>
    public int EventQueueBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>
    /// Makes the kernel keep and resend events that do not fit the queue, so that no end is ever missed. Until then
    /// such connections stay in the kernel's table and count towards nf_conntrack_max, so it is off by default.
    /// </summary>
    public bool RedeliverEvents { get; init; }

    /// <summary>
    /// The maximum number of connections in a window: further ones that end, and were never seen active, are counted
    /// together. Connections in the kernel's table are always stored: the kernel limits them (nf_conntrack_max).
    /// </summary>
    public int MaxConnections { get; init; } = 1_000_000;

    /// <summary>
    /// Whether an address belongs to this node. A connection from another address to this node is reversed, so that its
    /// source is this node's side. Null: the source is the side that opened the connection.
    /// </summary>
    public Predicate<IpAddr>? IsLocal { get; init; }

    /// <summary>Selects connections before objects are made of them; null for all.</summary>
    public Predicate<ConntrackTuple>? Filter { get; init; }
}
