using System;
using TunStats.Flows;
using TunStats.Packets;

namespace TunStats.NetLog;

/// <summary>An entry of a message: a connection and its counts.</summary>
/// <param name="Proto">The protocol; 0 where it is not told.</param>
/// <param name="Src">The source; empty where it is not told.</param>
/// <param name="Dst">The destination; empty where it is not told.</param>
/// <param name="Counts">Packets and bytes, both directions.</param>
public readonly record struct ConnectionCounts(IpProtocol Proto, AddrPort Src, AddrPort Dst, FlowCounts Counts)
    : IComparable<ConnectionCounts>
{
    /// <summary>Whether neither protocol nor ends are told: a sum.</summary>
    public bool IsAnonymous => Proto.Number == 0 && !Src.IsValid && !Dst.IsValid;

    /// <summary>Order: by source, destination, then protocol.</summary>
    public int CompareTo(ConnectionCounts other)
    {
        int order = Src.CompareTo(other.Src);
        order = order != 0 ? order : Dst.CompareTo(other.Dst);
        return order != 0 ? order : Proto.CompareTo(other.Proto);
    }

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) < 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) > 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <=(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) <= 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >=(ConnectionCounts left, ConnectionCounts right) => left.CompareTo(right) >= 0;
}
