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
/// it now, and counted completely at its own end or at the next reading. A window may have several readings.
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

        bool isLate = !state.Alive && state.UnseenEnds > 0 && state.Id == entry.Id;
        bool known = isLate || (state.Alive && state.Id == entry.Id);
        state.UnseenEnds -= isLate ? 1 : 0;
        state.UnseenEnds += state.Alive && !known ? 1 : 0;
        Add(ref state, entry, known ? state.Base : default);
        state.Alive = false;
        state.Look = _look;
    }

    /// <summary>Applies a connection of a dump.</summary>
    internal void Update(in ConntrackEntry entry)
    {
        var key = new Key(entry.Original, entry.Zone);
        ref State state = ref CollectionsMarshal.GetValueRefOrAddDefault(_connections, key, out bool exists);
        bool same = exists && state.Id == entry.Id;
        bool hasEnded = same && !state.Alive && state.Look == _look;
        if (hasEnded || (!same && _replaced.Contains((key, entry.Id))))
        {
            return;
        }

        state.UnseenEnds += state.Alive && !same ? 1 : 0;
        Add(ref state, entry, same && state.Alive ? state.Base : default);
        state.Alive = true;
        state.Base = entry.Counts;
        state.Look = _look;
    }

    /// <summary>Ends a reading: a connection that two readings lack, and no event reported, has ended.</summary>
    /// <returns>True where only this reading lacks a connection: a dump may miss it while the kernel's table is
    /// resized, so another reading decides.</returns>
    internal bool EndReading()
    {
        bool isUndecided = false;
        foreach ((Key key, _) in _connections)
        {
            ref State state = ref CollectionsMarshal.GetValueRefOrNullRef(_connections, key);
            if (state.Alive && state.Look < _look - 1)
            {
                state.UnseenEnds++;
                state.Alive = false;
            }

            isUndecided |= state.Alive && state.Look != _look;
        }

        _replaced.Clear();
        _look++;
        return isUndecided;
    }

    /// <summary>Ends a window: reports its traffic and starts again from 0.</summary>
    /// <param name="report">Receives the connections with traffic; null to discard it.</param>
    internal void Take(ConntrackReport? report)
    {
        foreach ((Key key, _) in _connections)
        {
            ref State state = ref CollectionsMarshal.GetValueRefOrNullRef(_connections, key);
            if (!state.Window.IsZero || state.UnseenEnds > 0)
            {
                report?.Add(
                    key.Original, state.Reply, key.Zone, state.Window, state.Start, state.Stop, state.UnseenEnds);
                state.Window = default;
                state.UnseenEnds = 0;
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
            report.Uncounted = Uncounted;
        }

        Overflow = default;
        OverflowConnections = Uncounted = 0;
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
        internal int UnseenEnds;
        internal bool Alive;
    }
}
