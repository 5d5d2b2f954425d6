namespace TunStats.Views;

/// <summary>The amounts of devices over time.</summary>
internal static class LinkSeries
{
    internal const int TxDropped = 0;
    internal const int RxDropped = 1;
    internal const int TxBytes = 2;
    internal const int RxBytes = 3;
    internal const int Count = 4;
}
