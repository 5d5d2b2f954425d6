namespace TunStats.Flows;

/// <summary>
/// Captured frames of one window and the bytes of their IP packets, per direction. A frame is one packet on the wire,
/// or several that the kernel captured as one; the device's own counters count frames too.
/// </summary>
internal readonly record struct FrameTotals(long TxFrames, ulong TxFrameBytes, long RxFrames, ulong RxFrameBytes)
{
    /// <summary>The sum of two totals.</summary>
    public static FrameTotals operator +(FrameTotals left, FrameTotals right) =>
        left.Add(right.TxFrames, right.TxFrameBytes, right.RxFrames, right.RxFrameBytes);

    /// <summary>The totals with further frames.</summary>
    public FrameTotals Add(long txFrames, ulong txFrameBytes, long rxFrames, ulong rxFrameBytes) => new(
        TxFrames + txFrames, TxFrameBytes + txFrameBytes, RxFrames + rxFrames, RxFrameBytes + rxFrameBytes);
}
