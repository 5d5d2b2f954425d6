using System.Collections.Generic;

namespace TunStats.Flows;

/// <summary>What the connections of the kernel's table carried in one window, and what could not be told.</summary>
public sealed class ConntrackWindow
{
    /// <summary>When and where it was counted.</summary>
    public required FlowWindow Window { get; init; }

    /// <summary>The connections that carried something, those that ended included.</summary>
    public required IReadOnlyList<TupleCounts> Flows { get; init; }

    /// <summary>What the connections beyond <see cref="ConntrackOptions.MaxConnections"/> carried together.</summary>
    public FlowCounts Overflow { get; init; }

    /// <summary>How many connections are in <see cref="Overflow"/>.</summary>
    public long OverflowConnections { get; init; }

    /// <summary>
    /// How often the kernel dropped events because their queue was full: ends of connections were missed. Ask for a
    /// larger queue (<see cref="ConntrackOptions.EventQueueBytes"/>) or for redelivery.
    /// </summary>
    public int EventLosses { get; init; }

    /// <summary>
    /// Connections that ended without a word, so that what they carried last is not known: those that began before
    /// anybody listened for events (nf_conntrack_events = 2), and those whose events were dropped.
    /// </summary>
    public int UnseenEnds { get; init; }

    /// <summary>Connections without counts: they began while nf_conntrack_acct was off.</summary>
    public int Uncounted { get; init; }
}
