using System;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>A connection and its counts in a window as a value, for writers of many connections.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Source">This node's side; empty for the overflow.</param>
/// <param name="Destination">The other side.</param>
/// <param name="Counts">Packets and bytes.</param>
/// <param name="FirstSeen">The first packet, in nanoseconds since 1970; null where unknown.</param>
/// <param name="LastSeen">The last packet.</param>
/// <param name="OpenedBy">Who opened it.</param>
internal readonly record struct FlowValues(
    IpProtocol Protocol,
    AddrPort Source,
    AddrPort Destination,
    FlowCounts Counts,
    long? FirstSeen,
    long? LastSeen,
    FlowInitiator OpenedBy)
{
    /// <summary>
    /// The port of the service: of the side that did not open the connection, else the lower one, which is nearly
    /// always right; 0 for a protocol without ports.
    /// </summary>
    internal int ServicePort => OpenedBy switch
    {
        FlowInitiator.Local => Destination.Port,
        FlowInitiator.Remote => Source.Port,
        _ => Math.Min(Source.Port, Destination.Port),
    };

    /// <summary>Converts an object.</summary>
    internal static FlowValues Of(TupleCounts flow) => new(
        flow.Protocol,
        flow.SrcEndpoint,
        flow.DstEndpoint,
        flow.Counts,
        Nanoseconds(flow.FirstSeenTime),
        Nanoseconds(flow.LastSeenTime),
        flow.OpenedBy);

    internal static long? Nanoseconds(NanoTime? time) => time is { } known ? UnixTime.FromNanoTime(known) : null;
}
