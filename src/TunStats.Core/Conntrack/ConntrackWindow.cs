using System.Collections.Generic;
using TunStats.Flows;

namespace TunStats.Conntrack;

/// <summary>What the connections of the kernel's table carried in one window, and what could not be told.</summary>
public sealed class ConntrackWindow
{
    private TupleCounts[]? _flows;

    internal ConntrackWindow(IFlowRows rows) => Rows = rows;

    /// <summary>When and where it was counted.</summary>
    public required FlowWindow Window { get; init; }

    /// <summary>The connections that carried something, those that ended included.</summary>
    public IReadOnlyList<TupleCounts> Flows => _flows ??= Make();

    /// <summary>What the connections beyond <see cref="ConntrackOptions.MaxConnections"/> carried together.</summary>
    public FlowCounts Overflow => Rows.Overflow;

    /// <summary>How many connections are in <see cref="Overflow"/>.</summary>
    public long OverflowConnections => Rows.OverflowConnections;

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

    /// <summary>The connections, before objects are made of them.</summary>
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
