using System.Collections.Generic;
using System.Runtime.InteropServices;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Conntrack;

/// <summary>
/// What every connection carried since the last look, from what the kernel's table shows and from the events of those
/// that ended. Opens nothing and waits for nothing.
/// </summary>
/// <remarks>
/// A look is: dump the kernel's table, then take the events that wait, then tell this table the events first and the
/// dump second. An event is sent before its connection leaves the kernel's table. So a connection of the dump whose end
/// is known has been counted whole already. Where a new connection has both tuple and id of one that ended since the
/// last look, it is taken for that one now, and counted whole at its own end or at the next look.
/// </remarks>
internal sealed class ConntrackTable(int maxConnections)
{
    private readonly Dictionary<Key, State> _connections = [];

    // Connections that ended since the last look, and whose tuple ended again under another id.
    private readonly HashSet<(Key Key, uint Id)> _replaced = [];
    private int _look;

    /// <summary>What ended beyond the bound, together.</summary>
    internal FlowCounts Overflow { get; private set; }

    internal long OverflowConnections { get; private set; }

    internal int UnseenEnds { get; private set; }

    internal int Uncounted { get; private set; }

    internal int Count => _connections.Count;

    /// <summary>Takes the event of a connection that ended, with its last counts.</summary>
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

    /// <summary>Takes a connection that a dump showed.</summary>
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

    /// <summary>Ends a look: what was counted since the last one is reported, and counting starts afresh.</summary>
    /// <param name="report">Takes the connections that carried something; null to forget what they carried.</param>
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
                // A dump may miss a connection while the kernel's table is rebuilt: only the second time counts.
                UnseenEnds += state.Missed ? 1 : 0;
                state.Alive = !state.Missed;
                state.Missed = true;
            }

            if (!state.Alive)
            {
                // Taking entries out does not disturb the walk.
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

    /// <summary>What was added; all of it where a count went down, since then the counts were reset.</summary>
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
