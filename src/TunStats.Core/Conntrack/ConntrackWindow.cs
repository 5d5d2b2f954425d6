using System.Collections.Generic;
using TunStats.Flows;

namespace TunStats.Conntrack;

/// <summary>The traffic of the connections in the kernel's table in one window, and what is unknown.</summary>
internal sealed class ConntrackWindow
{
    private TupleCounts[]? _flows;

    internal ConntrackWindow(IFlowRows rows) => Rows = rows;

    /// <summary>When and where it was counted.</summary>
    public required FlowWindow Window { get; init; }

    /// <summary>The connections with traffic, including those that ended.</summary>
    public IReadOnlyList<TupleCounts> Flows => _flows ??= Make();

    /// <summary>The sum of the connections beyond <see cref="ConntrackOptions.MaxConnections"/>.</summary>
    public FlowCounts Overflow => Rows.Overflow;

    /// <summary>The number of connections in <see cref="Overflow"/>.</summary>
    public long OverflowConnections => Rows.OverflowConnections;

    /// <summary>
    /// How often the kernel dropped events because the queue was full: ends of connections were missed. Ask for a
    /// larger queue (<see cref="ConntrackOptions.EventQueueBytes"/>) or for redelivery.
    /// </summary>
    public int EventLosses { get; init; }

    /// <summary>
    /// Connections that ended unnoticed, so that their traffic since the last reading of the table is unknown: those
    /// that began before anybody listened for events (nf_conntrack_events = 2), or while the kernel sends none
    /// (nf_conntrack_events = 0), and those whose events were dropped.
    /// </summary>
    public int UnseenEnds { get; init; }

    /// <summary>Connections without counts: they began while nf_conntrack_acct was off.</summary>
    public int Uncounted { get; init; }

    /// <summary>The connections as values.</summary>
    internal IFlowRows Rows { get; }

    private TupleCounts[] Make()
    {
        var flows = new TupleCounts[Rows.Count];
        for (int i = 0; i < flows.Length; i++)
        {
            flows[i] = Rows.ToTupleCounts(i, Window, FlowClass.None);
        }

        return flows;
    }
}
