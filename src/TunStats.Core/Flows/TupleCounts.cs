using System;
using System.Globalization;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>
/// One connection and what it carried in one window, both directions in one entry, seen from this node: the source is
/// this node's side, Tx goes to the destination. An immutable snapshot. Bytes are those of whole IP packets; times are
/// UTC.
/// </summary>
public sealed class TupleCounts
{
    /// <summary>The protocol; 0 where it is not known or not told.</summary>
    public IpProtocol Proto { get; init; }

    /// <summary>Address and port on this node's side; empty where it is anonymous.</summary>
    public AddrPort Src { get; init; }

    /// <summary>Address and port on the other side; empty where it is anonymous.</summary>
    public AddrPort Dst { get; init; }

    /// <summary>Packets and bytes, both directions.</summary>
    public FlowCounts Counts { get; init; }

    /// <summary>When and where it was counted.</summary>
    public required FlowWindow Window { get; init; }

    /// <summary>When the first packet was seen; null where that is not known.</summary>
    public NanoTime? FirstSeenTime { get; init; }

    /// <summary>When the last packet was seen; null where that is not known.</summary>
    public NanoTime? LastSeenTime { get; init; }

    /// <summary>Who opened the connection, where that was seen.</summary>
    public FlowInitiator OpenedBy { get; init; }

    /// <summary>Virtual, subnet, exit or physical; None until it is classified.</summary>
    public FlowClass Class { get; init; }

    /// <summary>The translated addresses, where the connection goes through NAT and its table was read.</summary>
    public NatTuple? Nat { get; init; }

    /// <summary>The zone of connection tracking; null where the counts are not from its table.</summary>
    public int? ConntrackZone { get; init; }

    /// <summary>Packets sent.</summary>
    public ulong TxPackets => Counts.TxPackets;

    /// <summary>Bytes sent.</summary>
    public ulong TxBytes => Counts.TxBytes;

    /// <summary>Packets received.</summary>
    public ulong RxPackets => Counts.RxPackets;

    /// <summary>Bytes received.</summary>
    public ulong RxBytes => Counts.RxBytes;

    /// <summary>Packets of both directions.</summary>
    public ulong TotalPackets => Counts.TotalPackets;

    /// <summary>Bytes of both directions.</summary>
    public ulong TotalBytes => Counts.TotalBytes;

    /// <summary>The address of <see cref="Src"/>.</summary>
    public IpAddr SourceAddress => Src.Address;

    /// <summary>The port of <see cref="Src"/>.</summary>
    public int SourcePort => Src.Port;

    /// <summary>The address of <see cref="Dst"/>.</summary>
    public IpAddr DestinationAddress => Dst.Address;

    /// <summary>The port of <see cref="Dst"/>.</summary>
    public int DestinationPort => Dst.Port;

    /// <summary>The window's first instant, UTC, cut to 100 ns.</summary>
    public DateTime Start => Window.Start.ToDateTime();

    /// <summary>The window's last instant, UTC, cut to 100 ns.</summary>
    public DateTime End => Window.End.ToDateTime();

    /// <summary>The window's length.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>The interface or the file; null where that is not known.</summary>
    public string? Source => Window.Source;

    /// <summary>The node that counted, by name or id; null where that is not known.</summary>
    public string? Node => Window.Node;

    /// <summary>When the first packet was seen, UTC, cut to 100 ns.</summary>
    public DateTime? FirstSeen => FirstSeenTime?.ToDateTime();

    /// <summary>When the last packet was seen, UTC, cut to 100 ns.</summary>
    public DateTime? LastSeen => LastSeenTime?.ToDateTime();

    /// <summary>Packets sent per second of the window; 0 for a window of no length.</summary>
    public double TxPacketsPerSecond => PerSecond(Counts.TxPackets);

    /// <summary>Bytes sent per second of the window; 0 for a window of no length.</summary>
    public double TxBytesPerSecond => PerSecond(Counts.TxBytes);

    /// <summary>Packets received per second of the window; 0 for a window of no length.</summary>
    public double RxPacketsPerSecond => PerSecond(Counts.RxPackets);

    /// <summary>Bytes received per second of the window; 0 for a window of no length.</summary>
    public double RxBytesPerSecond => PerSecond(Counts.RxBytes);

    /// <summary>The same connection with another class.</summary>
    public TupleCounts WithClass(FlowClass flowClass) => new()
    {
        Proto = Proto,
        Src = Src,
        Dst = Dst,
        Counts = Counts,
        Window = Window,
        FirstSeenTime = FirstSeenTime,
        LastSeenTime = LastSeenTime,
        OpenedBy = OpenedBy,
        Class = flowClass,
        Nat = Nat,
        ConntrackZone = ConntrackZone,
    };

    /// <summary>Protocol, ends and counts on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Proto} {Src} -> {Dst} tx {TxPackets}/{TxBytes} rx {RxPackets}/{RxBytes}");

    private double PerSecond(ulong count)
    {
        double seconds = Window.Seconds;
        return seconds > 0 ? count / seconds : 0;
    }
}
