using System;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>The connections of one window as values.</summary>
internal interface IFlowRows : IDisposable
{
    /// <summary>The number of connections, without the overflow.</summary>
    int Count { get; }

    /// <summary>The captured frames; each may be several packets on the wire.</summary>
    FrameTotals FrameTotals { get; }

    /// <summary>The traffic of connections beyond the capacity.</summary>
    FlowCounts Overflow { get; }

    /// <summary>The estimated number of connections in <see cref="Overflow"/>.</summary>
    long OverflowConnections { get; }

    /// <summary>Bytes of both directions of a connection.</summary>
    ulong TotalBytes(int index);

    /// <summary>The ends of a connection, seen from this node.</summary>
    (IpAddr Source, IpAddr Destination) Ends(int index);

    /// <summary>When a connection was first seen, in nanoseconds since 1970; null where unknown.</summary>
    long? FirstSeen(int index);

    /// <summary>A connection as a value.</summary>
    FlowValues Values(int index);

    /// <summary>A connection as an object.</summary>
    TupleCounts ToTupleCounts(int index, FlowWindow window, FlowClass flowClass);

    /// <summary>The overflow as an object; null if all fit.</summary>
    TupleCounts? ToOverflow(FlowWindow window);
}
