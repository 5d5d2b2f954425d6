using TunStats.Links;

namespace TunStats.Polling;

/// <summary>
/// The increase of each counter of a device from one sample to the next. Never negative: if a counter decreased, or the
/// device was re-created, the new value is the increase.
/// </summary>
public sealed class LinkIncrease : LinkCounterSet
{
    internal LinkIncrease(in LinkCounters counters)
        : base(counters)
    {
    }

    /// <summary>The drops of both directions.</summary>
    public override string ToString() => $"RxDropped {RxDropped}, TxDropped {TxDropped}";
}
