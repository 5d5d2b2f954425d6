using System;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>The connections of one window, before objects are made of them.</summary>
internal interface IFlowRows : IDisposable
{
    /// <summary>How many there are, without what is counted together.</summary>
    int Count { get; }

    /// <summary>The frames that were captured, which may each be several packets on the wire.</summary>
    FrameTotals FrameTotals { get; }

    /// <summary>What connections carried that found no room.</summary>
    FlowCounts Overflow { get; }

    /// <summary>About how many connections <see cref="Overflow"/> stands for.</summary>
    long OverflowConnections { get; }

    /// <summary>Bytes of both directions of a connection.</summary>
    ulong TotalBytes(int index);

    /// <summary>The ends of a connection, seen from this node.</summary>
    (IpAddr Source, IpAddr Destination) Ends(int index);

    /// <summary>When a connection was first seen, in nanoseconds since 1970; null where that is not known.</summary>
    long? FirstSeen(int index);

    /// <summary>What is told of a connection.</summary>
    FlowValues Values(int index);

    /// <summary>An object for the user.</summary>
    TupleCounts ToTupleCounts(int index, FlowWindow window, FlowClass flowClass);

    /// <summary>The one object for all that found no room; null where nothing did.</summary>
    TupleCounts? ToOverflow(FlowWindow window);
}
