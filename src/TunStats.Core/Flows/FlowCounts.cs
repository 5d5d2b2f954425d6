namespace TunStats.Flows;

/// <summary>
/// Packets and bytes of one connection in both directions, seen from this node: Tx goes out through the tunnel, Rx
/// comes from it. Bytes are those of whole IP packets. Sums saturate at 2^64-1.
/// </summary>
public record struct FlowCounts(ulong TxPackets, ulong TxBytes, ulong RxPackets, ulong RxBytes)
{
    /// <summary>Whether every count is zero.</summary>
    public readonly bool IsZero => (TxPackets | TxBytes | RxPackets | RxBytes) == 0;

    /// <summary>Packets of both directions.</summary>
    public readonly ulong TotalPackets => AddSaturating(TxPackets, RxPackets);

    /// <summary>Bytes of both directions.</summary>
    public readonly ulong TotalBytes => AddSaturating(TxBytes, RxBytes);

    /// <summary>Counts packets sent.</summary>
    public void AddTx(ulong packets, ulong bytes)
    {
        TxPackets = AddSaturating(TxPackets, packets);
        TxBytes = AddSaturating(TxBytes, bytes);
    }

    /// <summary>Counts packets received.</summary>
    public void AddRx(ulong packets, ulong bytes)
    {
        RxPackets = AddSaturating(RxPackets, packets);
        RxBytes = AddSaturating(RxBytes, bytes);
    }

    /// <summary>The sum of two counts.</summary>
    public readonly FlowCounts Add(FlowCounts other) => new(
        AddSaturating(TxPackets, other.TxPackets),
        AddSaturating(TxBytes, other.TxBytes),
        AddSaturating(RxPackets, other.RxPackets),
        AddSaturating(RxBytes, other.RxBytes));

    /// <summary>The sum of two counts.</summary>
    public static FlowCounts operator +(FlowCounts left, FlowCounts right) => left.Add(right);

    private static ulong AddSaturating(ulong a, ulong b)
    {
        ulong sum = a + b;
        return sum < a ? ulong.MaxValue : sum;
    }
}
