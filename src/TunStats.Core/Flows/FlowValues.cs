using System;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>What is told of a connection in a window, as values: for those who write many and keep none.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Source">This node's side; empty where connections are counted together.</param>
/// <param name="Destination">The other side.</param>
/// <param name="Counts">Packets and bytes.</param>
/// <param name="FirstSeen">The first packet, in nanoseconds since 1970; null where that is not known.</param>
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
    /// The port of the service: of the side that did not open the connection, else the lower one, which is that of the
    /// service nearly always; 0 for a protocol without ports.
    /// </summary>
    internal int ServicePort => OpenedBy switch
    {
        FlowInitiator.Local => Destination.Port,
        FlowInitiator.Remote => Source.Port,
        _ => Math.Min(Source.Port, Destination.Port),
    };

    /// <summary>The values of an object.</summary>
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
