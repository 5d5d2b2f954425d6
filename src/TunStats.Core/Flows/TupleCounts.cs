using System;
using System.Globalization;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>
/// One connection and its counts in one window, both directions in one entry, seen from this node: the source is this
/// node's side, Tx goes to the destination. An immutable snapshot. Bytes are those of whole IP packets; times are UTC.
/// </summary>
/// <remarks>
/// Public properties are texts, numbers, times and enums, which a shell can sort, compare and export without knowing
/// the types of this assembly. C# callers get the typed values from <see cref="Deconstruct"/>.
/// </remarks>
public sealed class TupleCounts
{
    /// <summary>Makes a connection and its counts.</summary>
    /// <param name="protocol">The protocol; 0 if it is unknown.</param>
    /// <param name="source">Address and port on this node's side; empty if anonymous.</param>
    /// <param name="destination">Address and port on the other side; empty if anonymous.</param>
    /// <param name="counts">Packets and bytes, both directions.</param>
    /// <param name="window">The window.</param>
    public TupleCounts(
        IpProtocol protocol, AddrPort source, AddrPort destination, FlowCounts counts, FlowWindow window)
    {
        ArgumentNullException.ThrowIfNull(window);
        Protocol = protocol;
        SrcEndpoint = source;
        DstEndpoint = destination;
        Counts = counts;
        Window = window;
    }

    /// <summary>The protocol's name, such as TCP; Unknown where there is none.</summary>
    public string Proto => Protocol.DisplayName;

    /// <summary>The protocol's number; 0 if it is unknown.</summary>
    public int ProtoNumber => Protocol.Number;

    /// <summary>Address and port on this node's side, such as 100.64.0.1:53; empty if anonymous.</summary>
    public string Src => SrcEndpoint.ToString();

    /// <summary>Address and port on the other side; empty if anonymous.</summary>
    public string Dst => DstEndpoint.ToString();

    /// <summary>Who opened the connection, if that was captured.</summary>
    public FlowInitiator OpenedBy { get; init; }

    /// <summary>Virtual, subnet, exit or physical; None until it is classified.</summary>
    public FlowClass Class { get; init; }

    /// <summary>
    /// The translated addresses, if the connection goes through NAT and was read from connection tracking.
    /// </summary>
    public NatTuple? Nat { get; init; }

    /// <summary>The zone of connection tracking; null for other sources.</summary>
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
    public string SourceAddress => SrcEndpoint.Address.ToString();

    /// <summary>The port of <see cref="Src"/>.</summary>
    public int SourcePort => SrcEndpoint.Port;

    /// <summary>The address of <see cref="Dst"/>.</summary>
    public string DestinationAddress => DstEndpoint.Address.ToString();

    /// <summary>The port of <see cref="Dst"/>.</summary>
    public int DestinationPort => DstEndpoint.Port;

    /// <summary>The window's first instant, UTC, cut to 100 ns.</summary>
    public DateTime Start => Window.Start.ToDateTime();

    /// <summary>The window's last instant, UTC, cut to 100 ns.</summary>
    public DateTime End => Window.End.ToDateTime();

    /// <summary>The window's length.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>
    /// The window as one text (ISO 8601), exact where a table or file cuts times: its first and last instant, UTC.
    /// </summary>
    public string TimeRange => $"{Window.Start}/{Window.End}";

    /// <summary>The interface or the file; null where unknown.</summary>
    public string? Source => Window.Source;

    /// <summary>The node that counted, by name or id; null where unknown.</summary>
    public string? Node => Window.Node;

    /// <summary>The name of this node's side, such as a peer's; null where unknown or not requested.</summary>
    public string? SrcName
    {
        get => Names.Source;
        init => Names = Names with { Source = string.IsNullOrEmpty(value) ? null : value };
    }

    /// <summary>The name of the other side; null where unknown or not requested.</summary>
    public string? DstName
    {
        get => Names.Destination;
        init => Names = Names with { Destination = string.IsNullOrEmpty(value) ? null : value };
    }

    /// <summary>The name of the local process (comm); null where unknown or not requested.</summary>
    public string? ProcessName
    {
        get => Process.Name;
        init => Process = Process with { Name = string.IsNullOrEmpty(value) ? null : value };
    }

    /// <summary>The id of the local process; null where unknown or not requested.</summary>
    public int? ProcessId
    {
        get => Process.Id;
        init => Process = Process with { Id = value };
    }

    /// <summary>When the first packet was seen, UTC, cut to 100 ns.</summary>
    public DateTime? FirstSeen
    {
        get => FirstSeenTime?.ToDateTime();
        init => FirstSeenTime = value is { } time ? NanoTime.FromDateTime(time) : null;
    }

    /// <summary>When the last packet was seen, UTC, cut to 100 ns.</summary>
    public DateTime? LastSeen
    {
        get => LastSeenTime?.ToDateTime();
        init => LastSeenTime = value is { } time ? NanoTime.FromDateTime(time) : null;
    }

    /// <summary>Packets sent per second of the window; 0 for a window of no length.</summary>
    public double TxPacketsPerSecond => Window.PerSecond(Counts.TxPackets);

    /// <summary>Bytes sent per second of the window; 0 for a window of no length.</summary>
    public double TxBytesPerSecond => Window.PerSecond(Counts.TxBytes);

    /// <summary>Packets received per second of the window; 0 for a window of no length.</summary>
    public double RxPacketsPerSecond => Window.PerSecond(Counts.RxPackets);

    /// <summary>Bytes received per second of the window; 0 for a window of no length.</summary>
    public double RxBytesPerSecond => Window.PerSecond(Counts.RxBytes);

    /// <summary>The names of both sides; set before the object is handed out.</summary>
    internal FlowNames Names { get; set; }

    /// <summary>The local process; set before the object is handed out.</summary>
    internal FlowProcess Process { get; set; }

    /// <summary>The protocol; 0 if it is unknown.</summary>
    internal IpProtocol Protocol { get; }

    /// <summary>Address and port on this node's side.</summary>
    internal AddrPort SrcEndpoint { get; }

    /// <summary>Address and port on the other side.</summary>
    internal AddrPort DstEndpoint { get; }

    /// <summary>Packets and bytes, both directions.</summary>
    internal FlowCounts Counts { get; }

    /// <summary>When and where it was counted.</summary>
    internal FlowWindow Window { get; }

    /// <summary>When the first packet was seen, exactly.</summary>
    internal NanoTime? FirstSeenTime { get; init; }

    /// <summary>When the last packet was seen, exactly.</summary>
    internal NanoTime? LastSeenTime { get; init; }

    /// <summary>The typed values, for C# callers.</summary>
    public void Deconstruct(
        out IpProtocol protocol,
        out AddrPort source,
        out AddrPort destination,
        out FlowCounts counts,
        out FlowWindow window) =>
        (protocol, source, destination, counts, window) = (Protocol, SrcEndpoint, DstEndpoint, Counts, Window);

    /// <summary>The same connection with another class.</summary>
    public TupleCounts WithClass(FlowClass flowClass) => new(Protocol, SrcEndpoint, DstEndpoint, Counts, Window)
    {
        FirstSeenTime = FirstSeenTime,
        LastSeenTime = LastSeenTime,
        OpenedBy = OpenedBy,
        Class = flowClass,
        Nat = Nat,
        ConntrackZone = ConntrackZone,
        Names = Names,
        Process = Process,
    };

    /// <summary>Protocol, ends and counts on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Proto} {Src} -> {Dst} tx {TxPackets}/{TxBytes} rx {RxPackets}/{RxBytes}");
}
