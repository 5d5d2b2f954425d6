using System.Collections.Generic;
using System.Runtime.InteropServices;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Conntrack;

/// <summary>
/// The traffic of every connection since the last reading, from the kernel's table and from the events of connections
/// that ended. Opens nothing and waits for nothing.
/// </summary>
/// <remarks>
/// A reading: dump the kernel's table, receive the queued events, then apply first the events and second the dump. The
/// kernel sends an event before the connection leaves its table. So a connection of the dump whose end is known has
/// been counted completely. A new connection with tuple and id of one that ended since the last reading is mistaken for
/// it now, and counted completely at its own end or at the next reading.
/// </remarks>
internal sealed class ConntrackTable(int maxConnections)
{
    private readonly Dictionary<Key, State> _connections = [];

    // Connections that ended since the last reading and whose tuple ended again under another id.
    private readonly HashSet<(Key Key, uint Id)> _replaced = [];
    private int _look;

    /// <summary>The sum of the connections beyond the limit.</summary>
    internal FlowCounts Overflow { get; private set; }

    internal long OverflowConnections { get; private set; }

    internal int UnseenEnds { get; private set; }

    internal int Uncounted { get; private set; }

    internal int Count => _connections.Count;

    /// <summary>Applies the event of a connection that ended, with its final counts.</summary>
    internal void Ended(in ConntrackEntry entry)
    {
        var key = new Key(entry.Original, entry.Zone);
        if (_connections.Count >= maxConnections && !_connections.ContainsKey(key))
        {
            Overflow += entry.Counts;
            OverflowConnections++;
            return;
        }

        ref State state = ref CollectionsMarshal.GetValueRefOrAddDefault(_connections, key, out bool exists);
        if (exists && !state.Alive && state.Id != entry.Id)
        {
            _replaced.Add((key, state.Id));
        }

        bool known = state.Alive && state.Id == entry.Id;
        UnseenEnds += state.Alive && !known ? 1 : 0;
        Add(ref state, entry, known ? state.Base : default);
        state.Alive = false;
    }

    /// <summary>Applies a connection of a dump.</summary>
    internal void Update(in ConntrackEntry entry)
    {
        var key = new Key(entry.Original, entry.Zone);
        ref State state = ref CollectionsMarshal.GetValueRefOrAddDefault(_connections, key, out bool exists);
        bool same = exists && state.Id == entry.Id;
        if ((same && !state.Alive) || (!same && _replaced.Contains((key, entry.Id))))
        {
            return;
        }

        UnseenEnds += exists && state.Alive && !same ? 1 : 0;
        Add(ref state, entry, same ? state.Base : default);
        state.Alive = true;
        state.Base = entry.Counts;
        state.Look = _look;
        state.Missed = false;
    }

    /// <summary>Ends a reading: reports the traffic since the last one and starts again from 0.</summary>
    /// <param name="report">Receives the connections with traffic; null to discard it.</param>
    internal void Take(ConntrackReport? report)
    {
        foreach ((Key key, _) in _connections)
        {
            ref State state = ref CollectionsMarshal.GetValueRefOrNullRef(_connections, key);
            if (!state.Window.IsZero)
            {
                report?.Add(key.Original, state.Reply, key.Zone, state.Window, state.Start, state.Stop);
                state.Window = default;
            }

            if (state.Alive && state.Look != _look)
            {
                // A dump may miss a connection while the kernel's table is resized: only a second miss counts.
                UnseenEnds += state.Missed ? 1 : 0;
                state.Alive = !state.Missed;
                state.Missed = true;
            }

            if (!state.Alive)
            {
                // Removing entries does not invalidate the enumeration.
                _connections.Remove(key);
            }
        }

        if (report is not null)
        {
            report.Overflow = Overflow;
            report.OverflowConnections = OverflowConnections;
            report.UnseenEnds = UnseenEnds;
            report.Uncounted = Uncounted;
        }

        _replaced.Clear();
        Overflow = default;
        OverflowConnections = UnseenEnds = Uncounted = 0;
        _look++;
    }

    private void Add(ref State state, in ConntrackEntry entry, in FlowCounts before)
    {
        state.Id = entry.Id;
        state.Reply = entry.Reply;
        state.Start = entry.Start;
        state.Stop = entry.Stop;
        state.Window += Since(before, entry.Counts);
        Uncounted += entry.HasCounts ? 0 : 1;
    }

    /// <summary>The increase; the whole value where a count decreased, because it was reset.</summary>
    private static FlowCounts Since(in FlowCounts before, in FlowCounts now) =>
        now.TxPackets < before.TxPackets || now.RxPackets < before.RxPackets
            || now.TxBytes < before.TxBytes || now.RxBytes < before.RxBytes
            ? now
            : new FlowCounts(
                now.TxPackets - before.TxPackets,
                now.TxBytes - before.TxBytes,
                now.RxPackets - before.RxPackets,
                now.RxBytes - before.RxBytes);

    private readonly record struct Key(ConntrackTuple Original, ushort Zone);

    private struct State
    {
        internal ConntrackTuple Reply;
        internal FlowCounts Base;
        internal FlowCounts Window;
        internal NanoTime? Start;
        internal NanoTime? Stop;
        internal uint Id;
        internal int Look;
        internal bool Alive;
        internal bool Missed;
    }
}
