using System;
using System.Globalization;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>An entry of a message: a connection and its counts.</summary>
/// <remarks>
/// Public properties are texts and numbers, as those of <see cref="TupleCounts"/>; C# callers get the typed values from
/// <see cref="Deconstruct"/>.
/// </remarks>
public readonly record struct ConnectionCounts : IComparable<ConnectionCounts>, IComparable
{
    /// <summary>An entry.</summary>
    /// <param name="protocol">The protocol; 0 if it is unknown.</param>
    /// <param name="source">The source; empty if it is unknown.</param>
    /// <param name="destination">The destination; empty if it is unknown.</param>
    /// <param name="counts">Packets and bytes, both directions.</param>
    public ConnectionCounts(IpProtocol protocol, AddrPort source, AddrPort destination, FlowCounts counts)
    {
        Protocol = protocol;
        SrcEndpoint = source;
        DstEndpoint = destination;
        Counts = counts;
    }

    /// <summary>The protocol's name, such as TCP; Unknown where there is none.</summary>
    public string Proto => Protocol.DisplayName;

    /// <summary>The protocol's number; 0 if it is unknown.</summary>
    public int ProtoNumber => Protocol.Number;

    /// <summary>Address and port of the source; empty if it is unknown.</summary>
    public string Src => SrcEndpoint.ToString();

    /// <summary>Address and port of the destination; empty if it is unknown.</summary>
    public string Dst => DstEndpoint.ToString();

    /// <summary>Packets sent.</summary>
    public ulong TxPackets => Counts.TxPackets;

    /// <summary>Bytes sent.</summary>
    public ulong TxBytes => Counts.TxBytes;

    /// <summary>Packets received.</summary>
    public ulong RxPackets => Counts.RxPackets;

    /// <summary>Bytes received.</summary>
    public ulong RxBytes => Counts.RxBytes;

    /// <summary>Whether it is a sum, without protocol and ends.</summary>
    public bool IsAnonymous => Protocol.Number == 0 && !SrcEndpoint.IsValid && !DstEndpoint.IsValid;

    /// <summary>The protocol.</summary>
    internal IpProtocol Protocol { get; init; }

    /// <summary>The source.</summary>
    internal AddrPort SrcEndpoint { get; init; }

    /// <summary>The destination.</summary>
    internal AddrPort DstEndpoint { get; init; }

    /// <summary>Packets and bytes, both directions.</summary>
    internal FlowCounts Counts { get; init; }

    /// <summary>The typed values, for C# callers.</summary>
    public void Deconstruct(
        out IpProtocol protocol, out AddrPort source, out AddrPort destination, out FlowCounts counts) =>
        (protocol, source, destination, counts) = (Protocol, SrcEndpoint, DstEndpoint, Counts);

    /// <summary>Protocol, ends and counts on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Protocol} {SrcEndpoint} -> {DstEndpoint} tx {TxPackets}/{TxBytes} rx {RxPackets}/{RxBytes}");

    /// <summary>Order: by source, destination, then protocol.</summary>
    public int CompareTo(ConnectionCounts other)
    {
        int order = SrcEndpoint.CompareTo(other.SrcEndpoint);
        order = order != 0 ? order : DstEndpoint.CompareTo(other.DstEndpoint);
        return order != 0 ? order : Protocol.CompareTo(other.Protocol);
    }

    int IComparable.CompareTo(object? obj) => obj is ConnectionCounts other
        ? CompareTo(other)
        : obj is null ? 1 : throw new ArgumentException("The object is not an entry of a message.", nameof(obj));

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) < 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) > 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <=(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) <= 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >=(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) >= 0;
}
