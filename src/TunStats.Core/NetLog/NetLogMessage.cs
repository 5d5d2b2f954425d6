using System;
using System.Collections.Generic;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// A network log message: the traffic of every connection in a window, by class. An immutable snapshot.
/// </summary>
public sealed class NetLogMessage
{
    /// <summary>The limit of a message as JSON in bytes; it must be shorter.</summary>
    public const int MaxLength = 262_144;

    /// <summary>The classes that have a list, in the order in which they are written.</summary>
    internal static readonly FlowClass[] Classes =
        [FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit, FlowClass.Physical];

    /// <summary>The first instant, UTC, cut to 100 ns.</summary>
    public DateTime Start
    {
        get => StartTime.ToDateTime();
        init => StartTime = NanoTime.FromDateTime(value);
    }

    /// <summary>The last instant, UTC, cut to 100 ns.</summary>
    public DateTime End
    {
        get => EndTime.ToDateTime();
        init => EndTime = NanoTime.FromDateTime(value);
    }

    /// <summary>From the first instant to the last; negative if the message says so.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>The stable id of the node that counted; empty if it is unknown.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>The node that counted; null if it is unknown.</summary>
    public NetLogNode? SrcNode { get; init; }

    /// <summary>The other nodes that occur in the traffic.</summary>
    public IReadOnlyList<NetLogNode> DstNodes { get; init; } = [];

    /// <summary>Traffic between nodes.</summary>
    public IReadOnlyList<ConnectionCounts> VirtualTraffic { get; init; } = [];

    /// <summary>Traffic with networks behind nodes.</summary>
    public IReadOnlyList<ConnectionCounts> SubnetTraffic { get; init; } = [];

    /// <summary>Other traffic; anonymous by default.</summary>
    public IReadOnlyList<ConnectionCounts> ExitTraffic { get; init; } = [];

    /// <summary>The packets below the tunnel: from a peer's tunnel address, port 0, to its endpoint.</summary>
    public IReadOnlyList<ConnectionCounts> PhysicalTraffic { get; init; } = [];

    /// <summary>When the server logged it, from its envelope, UTC, cut to 100 ns; not written.</summary>
    public DateTime? Logged
    {
        get => LoggedTime?.ToDateTime();
        init => LoggedTime = value is { } time ? NanoTime.FromDateTime(time) : null;
    }

    /// <summary>The id of its log, from its envelope; not written.</summary>
    public string LogId { get; init; } = string.Empty;

    /// <summary>
    /// The id of the logger's run, from the message's envelope; empty if it is unknown; not written.
    /// </summary>
    public string LoggerId { get; init; } = string.Empty;

    /// <summary>
    /// The number of the message within the logger's run, from 1, from its envelope: numbers that are missing or occur
    /// twice are messages that were lost or repeated. Null if it is unknown; not written.
    /// </summary>
    public long? Sequence { get; init; }

    /// <summary>The number of entries of all four lists.</summary>
    public int EntryCount =>
        VirtualTraffic.Count + SubnetTraffic.Count + ExitTraffic.Count + PhysicalTraffic.Count;

    /// <summary>The first instant, exactly.</summary>
    internal NanoTime StartTime { get; init; }

    /// <summary>The last instant, exactly.</summary>
    internal NanoTime EndTime { get; init; }

    /// <summary>When the server logged it, exactly.</summary>
    internal NanoTime? LoggedTime { get; init; }

    /// <summary>The exact first and last instant, for C# callers.</summary>
    public void Deconstruct(out NanoTime start, out NanoTime end) => (start, end) = (StartTime, EndTime);

    /// <summary>The same message with the number that a logger gives it.</summary>
    internal NetLogMessage Numbered(string loggerId, long sequence) => new()
    {
        StartTime = StartTime,
        EndTime = EndTime,
        NodeId = NodeId,
        SrcNode = SrcNode,
        DstNodes = DstNodes,
        VirtualTraffic = VirtualTraffic,
        SubnetTraffic = SubnetTraffic,
        ExitTraffic = ExitTraffic,
        PhysicalTraffic = PhysicalTraffic,
        LoggedTime = LoggedTime,
        LogId = LogId,
        LoggerId = loggerId,
        Sequence = sequence,
    };

    /// <summary>The entries of a class; those of unknown class are among exit traffic.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The class has no list.</exception>
    public IReadOnlyList<ConnectionCounts> Traffic(FlowClass flowClass) => flowClass switch
    {
        FlowClass.Virtual => VirtualTraffic,
        FlowClass.Subnet => SubnetTraffic,
        FlowClass.Exit => ExitTraffic,
        FlowClass.Physical => PhysicalTraffic,
        _ => throw new ArgumentOutOfRangeException(
            nameof(flowClass), flowClass, "A message has no list of this class."),
    };

    /// <summary>The window and the size: <c>2026-01-02T03:04:05Z to 2026-01-02T03:04:10Z: 3 connections</c>.</summary>
    public override string ToString() =>
        $"{StartTime} to {EndTime}: {CountText.Of(EntryCount, "connection", "connections")}";

    /// <summary>The connections inside, each with class, node and window.</summary>
    /// <param name="source">The file or device.</param>
    public IEnumerable<TupleCounts> GetFlows(string? source = null)
    {
        string? node = SrcNode is { } named && named.ToString().Length > 0 ? named.ToString()
            : NodeId.Length > 0 ? NodeId
            : null;
        FlowWindow window = new(StartTime, EndTime < StartTime ? StartTime : EndTime, source, node);
        foreach (FlowClass flowClass in Classes)
        {
            foreach (ConnectionCounts entry in Traffic(flowClass))
            {
                yield return new TupleCounts(
                    entry.Protocol, entry.SrcEndpoint, entry.DstEndpoint, entry.Counts, window)
                {
                    Class = flowClass,
                };
            }
        }
    }
}
