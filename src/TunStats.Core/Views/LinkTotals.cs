namespace TunStats.Views;

/// <summary>What a device carried, dropped and failed to carry.</summary>
/// <param name="TxBytes">Bytes sent.</param>
/// <param name="RxBytes">Bytes received.</param>
/// <param name="TxDropped">Packets dropped before they were sent.</param>
/// <param name="RxDropped">Packets received and dropped.</param>
/// <param name="TxErrors">Packets that could not be sent.</param>
/// <param name="RxErrors">Packets received damaged.</param>
internal readonly record struct LinkTotals(
    ulong TxBytes, ulong RxBytes, ulong TxDropped, ulong RxDropped, ulong TxErrors, ulong RxErrors)
{
    /// <summary>The sum of two.</summary>
    public static LinkTotals operator +(LinkTotals left, LinkTotals right) => new(
        left.TxBytes + right.TxBytes,
        left.RxBytes + right.RxBytes,
        left.TxDropped + right.TxDropped,
        left.RxDropped + right.RxDropped,
        left.TxErrors + right.TxErrors,
        left.RxErrors + right.RxErrors);
}
