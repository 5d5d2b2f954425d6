using TunStats.Flows;
using TunStats.Net;


namespace TunStats.Conntrack;

/// <summary>
/// One connection of the kernel's table at one instant (linux/netfilter/nfnetlink_conntrack.h). Counts are those since
/// the connection began: Tx is the direction of its first packet, Rx the other. Bytes are those of IP packets.
/// </summary>
/// <param name="Original">The direction of the first packet, before translation.</param>
/// <param name="Reply">The direction of the answers, with the translated addresses.</param>
/// <param name="Zone">The zone (CTA_ZONE); 0 if none was set.</param>
/// <param name="Id">
/// The kernel's id (CTA_ID), which distinguishes a connection from an earlier one with the same tuple.
/// </param>
/// <param name="Counts">Packets and bytes of both directions.</param>
/// <param name="HasCounts">False for a connection that began while accounting was off.</param>
/// <param name="Start">When it began; null if the kernel stores no time (nf_conntrack_timestamp).</param>
/// <param name="Stop">When it ended; null while it is active, or where the kernel stores no time.</param>
internal readonly record struct ConntrackEntry(
    ConntrackTuple Original,
    ConntrackTuple Reply,
    ushort Zone,
    uint Id,
    FlowCounts Counts,
    bool HasCounts,
    NanoTime? Start,
    NanoTime? Stop)
{
    /// <summary>The translated source and destination; null without translation.</summary>
    public NatTuple? Nat =>
        Reply.Source == Original.Destination && Reply.Destination == Original.Source
            ? null
            : new NatTuple(Reply.Destination, Reply.Source);
}
