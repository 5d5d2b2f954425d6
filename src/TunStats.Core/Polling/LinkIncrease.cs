using TunStats.Links;


namespace TunStats.Polling;

/// <summary>
/// The increase of each counter of a device from one sample to the next, in the units of <see cref="RtnlLinkStats64"/>.
/// Never negative: if a counter decreased, or the device was re-created, the new value is the increase.
/// </summary>
public sealed class LinkIncrease
{
    private readonly LinkCounters _counters;

    internal LinkIncrease(in LinkCounters counters) => _counters = counters;

    /// <inheritdoc cref="RtnlLinkStats64.RxPackets"/>
    public ulong RxPackets => _counters.RxPackets;

    /// <inheritdoc cref="RtnlLinkStats64.TxPackets"/>
    public ulong TxPackets => _counters.TxPackets;

    /// <inheritdoc cref="RtnlLinkStats64.RxBytes"/>
    public ulong RxBytes => _counters.RxBytes;

    /// <inheritdoc cref="RtnlLinkStats64.TxBytes"/>
    public ulong TxBytes => _counters.TxBytes;

    /// <inheritdoc cref="RtnlLinkStats64.RxErrors"/>
    public ulong RxErrors => _counters.RxErrors;

    /// <inheritdoc cref="RtnlLinkStats64.TxErrors"/>
    public ulong TxErrors => _counters.TxErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxDropped"/>
    public ulong RxDropped => _counters.RxDropped;

    /// <inheritdoc cref="RtnlLinkStats64.TxDropped"/>
    public ulong TxDropped => _counters.TxDropped;

    /// <inheritdoc cref="RtnlLinkStats64.Multicast"/>
    public ulong Multicast => _counters.Multicast;

    /// <inheritdoc cref="RtnlLinkStats64.Collisions"/>
    public ulong Collisions => _counters.Collisions;

    /// <inheritdoc cref="RtnlLinkStats64.RxLengthErrors"/>
    public ulong RxLengthErrors => _counters.RxLengthErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxOverErrors"/>
    public ulong RxOverErrors => _counters.RxOverErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxCrcErrors"/>
    public ulong RxCrcErrors => _counters.RxCrcErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxFrameErrors"/>
    public ulong RxFrameErrors => _counters.RxFrameErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxFifoErrors"/>
    public ulong RxFifoErrors => _counters.RxFifoErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxMissedErrors"/>
    public ulong RxMissedErrors => _counters.RxMissedErrors;

    /// <inheritdoc cref="RtnlLinkStats64.TxAbortedErrors"/>
    public ulong TxAbortedErrors => _counters.TxAbortedErrors;

    /// <inheritdoc cref="RtnlLinkStats64.TxCarrierErrors"/>
    public ulong TxCarrierErrors => _counters.TxCarrierErrors;

    /// <inheritdoc cref="RtnlLinkStats64.TxFifoErrors"/>
    public ulong TxFifoErrors => _counters.TxFifoErrors;

    /// <inheritdoc cref="RtnlLinkStats64.TxHeartbeatErrors"/>
    public ulong TxHeartbeatErrors => _counters.TxHeartbeatErrors;

    /// <inheritdoc cref="RtnlLinkStats64.TxWindowErrors"/>
    public ulong TxWindowErrors => _counters.TxWindowErrors;

    /// <inheritdoc cref="RtnlLinkStats64.RxCompressed"/>
    public ulong RxCompressed => _counters.RxCompressed;

    /// <inheritdoc cref="RtnlLinkStats64.TxCompressed"/>
    public ulong TxCompressed => _counters.TxCompressed;

    /// <inheritdoc cref="RtnlLinkStats64.RxNoHandler"/>
    public ulong RxNoHandler => _counters.RxNoHandler;

    /// <inheritdoc cref="RtnlLinkStats64.RxOtherHostDropped"/>
    public ulong? RxOtherHostDropped => _counters.RxOtherHostDropped;

    /// <summary>All increases, for loops.</summary>
    internal ref readonly LinkCounters Counters => ref _counters;

    /// <summary>The drops of both directions.</summary>
    public override string ToString() => $"RxDropped {RxDropped}, TxDropped {TxDropped}";
}
