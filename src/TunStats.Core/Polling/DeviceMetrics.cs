using TunStats.Links;


namespace TunStats.Polling;

/// <summary>The totals of one device for a scrape.</summary>
internal struct DeviceMetrics
{
    internal byte[] Label;
    internal byte[] InfoLabels;
    internal bool IsPresent;
    internal LinkCounters Totals;
    internal DetailMetrics Details;

    internal void Set(PolledLink link, bool isFailing)
    {
        Label = link.Label;
        InfoLabels = link.InfoLabels;
        IsPresent = link.Presence == LinkPresence.Present && !isFailing;
        Totals = link.Totals;
        Details = link.Details?.ToMetrics(IsPresent) ?? default;
    }
}
