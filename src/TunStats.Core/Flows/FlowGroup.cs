using System;
using System.Globalization;

namespace TunStats.Flows;

/// <summary>
/// The sums of a group of connections in one window. Tx and Rx are seen from this node, as those of the connections
/// are. An immutable snapshot; bytes are those of whole IP packets, times are UTC.
/// </summary>
public sealed class FlowGroup
{
    private readonly FlowGroupKey _key;
    private readonly FlowGroupSum _sum;
    private readonly FlowWindow _window;

    internal FlowGroup(FlowGrouping groupBy, in FlowGroupKey key, in FlowGroupSum sum, FlowWindow window) =>
        (GroupBy, _key, _sum, _window) = (groupBy, key, sum, window);

    /// <summary>The common property of the connections.</summary>
    public FlowGrouping GroupBy { get; }

    /// <summary>
    /// The address, the port as 443/TCP, the class or the protocol; empty for the sum of connections beyond the
    /// capacity of the window.
    /// </summary>
    public string Group => _key.ToText(GroupBy);

    /// <summary>The protocol's name, for ports and protocols; else null.</summary>
    public string? Proto => _key.IsRest ? null : GroupBy switch
    {
        FlowGrouping.Port or FlowGrouping.Protocol => _key.Protocol.DisplayName,
        _ => null,
    };

    /// <summary>The port, for groups by port; null for protocols without ports.</summary>
    public int? Port => GroupBy == FlowGrouping.Port && _key.Port != 0 ? _key.Port : null;

    /// <summary>The number of connections.</summary>
    public long Connections => _sum.Connections;

    /// <summary>
    /// Whether <see cref="Connections"/> is an estimate: that of connections beyond the capacity of the window.
    /// </summary>
    public bool ConnectionsEstimated => _key.IsRest;

    /// <summary>Packets sent.</summary>
    public ulong TxPackets => _sum.Counts.TxPackets;

    /// <summary>Bytes sent.</summary>
    public ulong TxBytes => _sum.Counts.TxBytes;

    /// <summary>Packets received.</summary>
    public ulong RxPackets => _sum.Counts.RxPackets;

    /// <summary>Bytes received.</summary>
    public ulong RxBytes => _sum.Counts.RxBytes;

    /// <summary>Packets of both directions.</summary>
    public ulong TotalPackets => _sum.Counts.TotalPackets;

    /// <summary>Bytes of both directions.</summary>
    public ulong TotalBytes => _sum.Counts.TotalBytes;

    /// <summary>The window's first instant, UTC, cut to 100 ns.</summary>
    public DateTime Start => _window.Start.ToDateTime();

    /// <summary>The window's last instant, UTC, cut to 100 ns.</summary>
    public DateTime End => _window.End.ToDateTime();

    /// <summary>The window's length.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>The interface or the file; null where unknown.</summary>
    public string? Source => _window.Source;

    /// <summary>Bytes sent per second of the window; 0 for a window of no length.</summary>
    public double TxBytesPerSecond => _window.PerSecond(TxBytes);

    /// <summary>Bytes received per second of the window; 0 for a window of no length.</summary>
    public double RxBytesPerSecond => _window.PerSecond(RxBytes);

    /// <summary>The class, where classes are what is summed by.</summary>
    internal FlowClass ClassOfGroup => _key.IsRest ? FlowClass.None : _key.Class;

    /// <summary>The sums.</summary>
    internal FlowCounts Counts => _sum.Counts;

    /// <summary>Group and counts on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Group} tx {TxPackets}/{TxBytes} rx {RxPackets}/{RxBytes} of {Connections} connections");
}
