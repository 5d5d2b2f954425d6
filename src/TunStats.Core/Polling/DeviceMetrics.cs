using TunStats.Links;

namespace TunStats.Polling;

/// <summary>What one device adds to a scrape.</summary>
internal struct DeviceMetrics
{
    internal byte[] Label;
    internal bool IsPresent;
    internal ulong RxBytes;
    internal ulong TxBytes;
    internal ulong RxPackets;
    internal ulong TxPackets;
    internal ulong RxErrors;
    internal ulong TxErrors;
    internal ulong RxDropped;
    internal ulong TxDropped;

    internal void Set(PolledLink link, bool isFailing)
    {
        ref readonly LinkCounters totals = ref link.Totals;
        Label = link.Label;
        IsPresent = link.Presence == LinkPresence.Present && !isFailing;
        RxBytes = totals.RxBytes;
        TxBytes = totals.TxBytes;
        RxPackets = totals.RxPackets;
        TxPackets = totals.TxPackets;
        RxErrors = totals.RxErrors;
        TxErrors = totals.TxErrors;
        RxDropped = totals.RxDropped;
        TxDropped = totals.TxDropped;
    }
}
