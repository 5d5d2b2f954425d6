using TunStats.Links;


namespace TunStats.Polling;

/// <summary>What the link state and the queueing discipline of one device add to a scrape.</summary>
internal struct DetailMetrics
{
    /// <summary>Whether the totals were ever read.</summary>
    internal bool IsKnown;

    /// <summary>Whether there ever was a queueing discipline.</summary>
    internal bool HasQueueTotals;

    /// <summary>The state at the last poll; null where the device is not there.</summary>
    internal LinkInfo? Link;

    /// <summary>The queue at the last poll; null where the device is not there or has no queueing discipline.</summary>
    internal QdiscStats? Queue;

    internal ulong CarrierChanges;
    internal ulong Drops;
    internal ulong Overlimits;
    internal ulong Requeues;
}
