using TunStats.Links;

namespace TunStats.Polling;

/// <summary>
/// By how much each counter of a device rose from one sample to the next, in the units of
/// <see cref="RtnlLinkStats64"/>. Never negative: of a counter that decreased, and of a device that was made again, the
/// new value is what was added.
/// </summary>
public sealed class LinkIncrease
{
    private readonly LinkCounters _from;
    private readonly LinkCounters _to;

    /// <summary>Compares two readings of one device.</summary>
    /// <param name="from">The earlier one; all zero where the device was made since.</param>
    /// <param name="to">The later one.</param>
    internal LinkIncrease(in LinkCounters from, in LinkCounters to)
    {
        _from = from;
        _to = to;
    }

    /// <inheritdoc cref="RtnlLinkStats64.RxPackets"/>
    public ulong RxPackets => Of(_from.RxPackets, _to.RxPackets);

    /// <inheritdoc cref="RtnlLinkStats64.TxPackets"/>
    public ulong TxPackets => Of(_from.TxPackets, _to.TxPackets);

    /// <inheritdoc cref="RtnlLinkStats64.RxBytes"/>
    public ulong RxBytes => Of(_from.RxBytes, _to.RxBytes);

    /// <inheritdoc cref="RtnlLinkStats64.TxBytes"/>
    public ulong TxBytes => Of(_from.TxBytes, _to.TxBytes);

    /// <inheritdoc cref="RtnlLinkStats64.RxErrors"/>
    public ulong RxErrors => Of(_from.RxErrors, _to.RxErrors);

    /// <inheritdoc cref="RtnlLinkStats64.TxErrors"/>
    public ulong TxErrors => Of(_from.TxErrors, _to.TxErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxDropped"/>
    public ulong RxDropped => Of(_from.RxDropped, _to.RxDropped);

    /// <inheritdoc cref="RtnlLinkStats64.TxDropped"/>
    public ulong TxDropped => Of(_from.TxDropped, _to.TxDropped);

    /// <inheritdoc cref="RtnlLinkStats64.Multicast"/>
    public ulong Multicast => Of(_from.Multicast, _to.Multicast);

    /// <inheritdoc cref="RtnlLinkStats64.Collisions"/>
    public ulong Collisions => Of(_from.Collisions, _to.Collisions);

    /// <inheritdoc cref="RtnlLinkStats64.RxLengthErrors"/>
    public ulong RxLengthErrors => Of(_from.RxLengthErrors, _to.RxLengthErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxOverErrors"/>
    public ulong RxOverErrors => Of(_from.RxOverErrors, _to.RxOverErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxCrcErrors"/>
    public ulong RxCrcErrors => Of(_from.RxCrcErrors, _to.RxCrcErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxFrameErrors"/>
    public ulong RxFrameErrors => Of(_from.RxFrameErrors, _to.RxFrameErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxFifoErrors"/>
    public ulong RxFifoErrors => Of(_from.RxFifoErrors, _to.RxFifoErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxMissedErrors"/>
    public ulong RxMissedErrors => Of(_from.RxMissedErrors, _to.RxMissedErrors);

    /// <inheritdoc cref="RtnlLinkStats64.TxAbortedErrors"/>
    public ulong TxAbortedErrors => Of(_from.TxAbortedErrors, _to.TxAbortedErrors);

    /// <inheritdoc cref="RtnlLinkStats64.TxCarrierErrors"/>
    public ulong TxCarrierErrors => Of(_from.TxCarrierErrors, _to.TxCarrierErrors);

    /// <inheritdoc cref="RtnlLinkStats64.TxFifoErrors"/>
    public ulong TxFifoErrors => Of(_from.TxFifoErrors, _to.TxFifoErrors);

    /// <inheritdoc cref="RtnlLinkStats64.TxHeartbeatErrors"/>
    public ulong TxHeartbeatErrors => Of(_from.TxHeartbeatErrors, _to.TxHeartbeatErrors);

    /// <inheritdoc cref="RtnlLinkStats64.TxWindowErrors"/>
    public ulong TxWindowErrors => Of(_from.TxWindowErrors, _to.TxWindowErrors);

    /// <inheritdoc cref="RtnlLinkStats64.RxCompressed"/>
    public ulong RxCompressed => Of(_from.RxCompressed, _to.RxCompressed);

    /// <inheritdoc cref="RtnlLinkStats64.TxCompressed"/>
    public ulong TxCompressed => Of(_from.TxCompressed, _to.TxCompressed);

    /// <inheritdoc cref="RtnlLinkStats64.RxNoHandler"/>
    public ulong RxNoHandler => Of(_from.RxNoHandler, _to.RxNoHandler);

    /// <inheritdoc cref="RtnlLinkStats64.RxOtherHostDropped"/>
    public ulong? RxOtherHostDropped => _to.RxOtherHostDropped is { } now
        ? Of(_from.RxOtherHostDropped ?? 0, now)
        : null;

    /// <summary>
    /// What one counter rose by: a counter that decreased was reset, and what it shows is what was added.
    /// </summary>
    internal static ulong Of(ulong from, ulong to) => to < from ? to : to - from;

    /// <summary>The drops of both directions, as they stand out in a list.</summary>
    public override string ToString() => $"RxDropped {RxDropped}, TxDropped {TxDropped}";
}
