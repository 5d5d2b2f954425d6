using TunStats.Links;


namespace TunStats.Polling;

/// <summary>The link state and the queueing discipline of one device for a scrape.</summary>
internal struct DetailMetrics
{
    /// <summary>Whether the totals have been read.</summary>
    internal bool IsKnown;

    /// <summary>Whether a queueing discipline has been seen.</summary>
    internal bool HasQueueTotals;

    /// <summary>The state at the last poll; null if the device is absent.</summary>
    internal LinkInfo? Link;

    /// <summary>The queue at the last poll; null if the device is absent or has none.</summary>
    internal QdiscStats? Queue;

    internal ulong CarrierChanges;
    internal ulong Drops;
    internal ulong Overlimits;
    internal ulong Requeues;
}
