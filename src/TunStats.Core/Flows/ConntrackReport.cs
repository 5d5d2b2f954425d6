using System;
using System.Collections.Generic;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>Makes the objects of one window: turned to this node's side, filtered, ids of ICMP taken off.</summary>
internal sealed class ConntrackReport(ConntrackOptions options)
{
    private readonly List<Row> _rows = [];
    private readonly Dictionary<(ConntrackTuple Tuple, ushort Zone), int> _portless = [];

    internal FlowCounts Overflow { get; set; }

    internal long OverflowConnections { get; set; }

    internal int UnseenEnds { get; set; }

    internal int Uncounted { get; set; }

    internal void Add(
        in ConntrackTuple original,
        in ConntrackTuple reply,
        ushort zone,
        in FlowCounts counts,
        NanoTime? start,
        NanoTime? stop)
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

    internal ConntrackWindow Build(FlowWindow window, int eventLosses)
    {
        var flows = new TupleCounts[_rows.Count];
        for (int i = 0; i < flows.Length; i++)
        {
            flows[i] = _rows[i].ToTupleCounts(window);
        }

        return new ConntrackWindow
        {
            Window = window,
            Flows = flows,
            Overflow = Overflow,
            OverflowConnections = OverflowConnections,
            EventLosses = eventLosses,
            UnseenEnds = UnseenEnds,
            Uncounted = Uncounted,
        };
    }

    /// <summary>To this node, before or after translation, from elsewhere.</summary>
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

        internal TupleCounts ToTupleCounts(FlowWindow window)
        {
            bool isPlain = NatSource == Tuple.Source && NatDestination == Tuple.Destination;
            return new TupleCounts(Tuple.Protocol, Tuple.Source, Tuple.Destination, Counts, window)
            {
                FirstSeenTime = Start,
                LastSeenTime = Stop,
                OpenedBy = OpenedBy,
                ConntrackZone = Zone,
                Nat = isPlain ? null : new NatTuple(NatSource, NatDestination),
            };
        }
    }
}
