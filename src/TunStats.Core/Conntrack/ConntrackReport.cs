using System;
using System.Collections.Generic;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Conntrack;

/// <summary>Makes the objects of one window: seen from this node, filtered, without ICMP ids.</summary>
internal sealed class ConntrackReport(ConntrackOptions options) : IFlowRows
{
    private readonly List<Row> _rows = [];
    private readonly Dictionary<(ConntrackTuple Tuple, ushort Zone), int> _portless = [];

    public FlowCounts Overflow { get; internal set; }

    public long OverflowConnections { get; internal set; }

    internal int UnseenEnds { get; private set; }

    internal int Uncounted { get; set; }

    internal void Add(
        in ConntrackTuple original,
        in ConntrackTuple reply,
        ushort zone,
        in FlowCounts counts,
        NanoTime? start,
        NanoTime? stop,
        int unseenEnds)
    {
        ConntrackTuple tuple = WithoutId(original);
        ConntrackTuple back = WithoutId(reply);
        var row = new Row(tuple, back.Destination, back.Source, zone, counts, FlowInitiator.Local, start, stop);
        if (options.IsLocal is { } isLocal && IsIncoming(tuple, row.NatDestination, isLocal))
        {
            row = row.Turned();
        }

        if (options.Filter?.Invoke(row.Tuple) == false)
        {
            return;
        }

        UnseenEnds += unseenEnds;
        if (counts.IsZero)
        {
            return;
        }

        if (!original.HasPorts)
        {
            if (_portless.TryGetValue((row.Tuple, zone), out int index))
            {
                _rows[index] = _rows[index].Merged(row);
                return;
            }

            _portless.Add((row.Tuple, zone), _rows.Count);
        }

        _rows.Add(row);
    }

    internal ConntrackWindow Build(FlowWindow window, int eventLosses) => new(this)
    {
        Window = window,
        EventLosses = eventLosses,
        UnseenEnds = UnseenEnds,
        Uncounted = Uncounted,
    };

    // The counts come from the kernel's table; no frames are captured.
    public FrameTotals FrameTotals => default;

    public int Count => _rows.Count;

    public ulong TotalBytes(int index) => _rows[index].Counts.TotalBytes;

    public (IpAddr Source, IpAddr Destination) Ends(int index) =>
        (_rows[index].Tuple.Source.Address, _rows[index].Tuple.Destination.Address);

    public long? FirstSeen(int index) => _rows[index].Start is { } start ? UnixTime.FromNanoTime(start) : null;

    public FlowValues Values(int index) => _rows[index].ToValues();

    public TupleCounts ToTupleCounts(int index, FlowWindow window, FlowClass flowClass) =>
        _rows[index].ToTupleCounts(window, flowClass);

    public TupleCounts? ToOverflow(FlowWindow window) => Overflow.IsZero
        ? null
        : new TupleCounts(default, default, default, Overflow, window);

    public void Dispose()
    {
        // The rows are managed memory.
    }

    /// <summary>Whether it comes from elsewhere to this node, before or after translation.</summary>
    private static bool IsIncoming(in ConntrackTuple tuple, AddrPort natDestination, Predicate<IpAddr> isLocal) =>
        !isLocal(tuple.Source.Address)
        && (isLocal(tuple.Destination.Address) || isLocal(natDestination.Address));

    private static ConntrackTuple WithoutId(in ConntrackTuple tuple) => tuple.HasPorts
        ? tuple
        : tuple with
        {
            Source = new AddrPort(tuple.Source.Address, 0),
            Destination = new AddrPort(tuple.Destination.Address, 0),
        };

    private readonly record struct Row(
        ConntrackTuple Tuple,
        AddrPort NatSource,
        AddrPort NatDestination,
        ushort Zone,
        FlowCounts Counts,
        FlowInitiator OpenedBy,
        NanoTime? Start,
        NanoTime? Stop)
    {
        internal Row Turned() => this with
        {
            Tuple = Tuple with { Source = Tuple.Destination, Destination = Tuple.Source },
            NatSource = NatDestination,
            NatDestination = NatSource,
            Counts = new FlowCounts(Counts.RxPackets, Counts.RxBytes, Counts.TxPackets, Counts.TxBytes),
            OpenedBy = FlowInitiator.Remote,
        };

        internal Row Merged(in Row other) => this with
        {
            Counts = Counts + other.Counts,
            Start = Start is { } start && other.Start is { } otherStart && otherStart < start ? otherStart : Start,
            Stop = Stop is { } stop && other.Stop is { } otherStop ? (otherStop > stop ? otherStop : stop) : null,
        };

        internal FlowValues ToValues() => new(
            Tuple.Protocol,
            Tuple.Source,
            Tuple.Destination,
            Counts,
            FlowValues.Nanoseconds(Start),
            FlowValues.Nanoseconds(Stop),
            OpenedBy);

        internal TupleCounts ToTupleCounts(FlowWindow window, FlowClass flowClass)
        {
            bool isPlain = NatSource == Tuple.Source && NatDestination == Tuple.Destination;
            return new TupleCounts(Tuple.Protocol, Tuple.Source, Tuple.Destination, Counts, window)
            {
                FirstSeenTime = Start,
                LastSeenTime = Stop,
                OpenedBy = OpenedBy,
                Class = flowClass,
                ConntrackZone = Zone,
                Nat = isPlain ? null : new NatTuple(NatSource, NatDestination),
            };
        }
    }
}
