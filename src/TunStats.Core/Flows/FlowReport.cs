using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>The connections of one window. Objects are made as they are taken; dispose it when they were.</summary>
public sealed class FlowReport : IDisposable
{
    private readonly IFlowRows _rows;
    private int[]? _order;

    internal FlowReport(IFlowRows rows, FlowWindow window, FlowMeterOptions options)
    {
        _rows = rows;
        Top = options.Top;
        Window = window;
    }

    /// <summary>When and where.</summary>
    public FlowWindow Window { get; }

    /// <summary>How many connections there were, before a limit, without what is counted together.</summary>
    public int Count => _rows.Count;

    /// <summary>
    /// The captured frames that were counted in the window. Several packets on the wire may be one frame: without a
    /// filter the sums are those of the device's own counters.
    /// </summary>
    public FrameTotals Frames => _rows.FrameTotals;

    /// <summary>How many objects <see cref="TakeFlows"/> makes.</summary>
    public int CountToTake => Math.Min(Count, Top ?? int.MaxValue) + (Overflow.IsZero ? 0 : 1);

    /// <summary>What connections carried that found no room; all zero where all did.</summary>
    public FlowCounts Overflow => _rows.Overflow;

    /// <summary>About how many connections <see cref="Overflow"/> stands for; 0 where none.</summary>
    public long OverflowConnections => _rows.OverflowConnections;

    /// <summary>
    /// How many packets were lost because the ring was full: they are not counted. The kernel tells their number and
    /// between which packets they were; over a gap that spans windows they are spread evenly. Where the ring stays
    /// nearly full, the number may be up to one ring early.
    /// </summary>
    public ulong PacketsLost { get; internal init; }

    /// <summary>
    /// How many frames were dropped whose segments the kernel cannot describe, in the window of the next packet.
    /// </summary>
    public ulong PacketsUnreadable { get; internal init; }

    /// <summary>
    /// How many packets of a file are older than this window and came when their own had been handed out: they are
    /// counted at its start.
    /// </summary>
    public long PacketsOfEarlierWindows { get; internal init; }

    /// <summary>When the window began, as a stamp of its TimeProvider; null where it is on a file's time.</summary>
    internal long? StartTimestamp { get; init; }

    /// <summary>How many connections to hand out, those of most bytes first; null for all, unsorted.</summary>
    internal int? Top { get; set; }

    /// <summary>
    /// Gives a connection its class by its ends and the instant at which it was first seen; null where nothing does.
    /// </summary>
    internal FlowClassification? Classify { get; set; }

    /// <summary>Whether the ends of connections have names, where they are known.</summary>
    public bool HasNames => NameOf is not null;

    /// <summary>Names an address; null where nobody asks for names.</summary>
    internal Func<IpAddr, string?>? NameOf { get; set; }

    /// <summary>
    /// What went on below the tunnel until the window's end: an entry for each peer and path. Not among
    /// <see cref="GetValues"/>.
    /// </summary>
    internal IReadOnlyList<TupleCounts> Physical { get; set; } = [];

    /// <summary>
    /// The connections; what is counted together, where there is any, is behind them, and what went on below the tunnel
    /// is last.
    /// </summary>
    public IEnumerable<TupleCounts> TakeFlows()
    {
        if (Top is { } top)
        {
            foreach (int index in Largest(top))
            {
                yield return Make(index);
            }
        }
        else
        {
            for (int i = 0; i < _rows.Count; i++)
            {
                yield return Make(i);
            }
        }

        if (_rows.ToOverflow(Window) is { } overflow)
        {
            yield return overflow;
        }

        foreach (TupleCounts entry in Physical)
        {
            yield return Named(entry);
        }
    }

    /// <summary>
    /// The sums of all connections by what they have in common, largest first, the Top of them; no object is made of
    /// a connection. What is counted together is the last.
    /// </summary>
    /// <param name="groupBy">What they are summed by.</param>
    public IReadOnlyList<FlowGroup> TakeGroups(FlowGrouping groupBy)
    {
        var groups = new FlowGroups(groupBy);
        for (int i = 0; i < _rows.Count; i++)
        {
            FlowValues flow = _rows.Values(i);
            groups.Add(flow, groupBy == FlowGrouping.Class ? ClassOf(flow) : FlowClass.None);
        }

        if (_rows.ToOverflow(Window) is { } overflow)
        {
            groups.Add(FlowValues.Of(overflow), connections: OverflowConnections);
        }

        return groups.Largest(Top).ConvertAll(group => new FlowGroup(groupBy, group.Key, group.Value, Window));
    }

    /// <summary>
    /// What <see cref="TakeFlows"/> has, in the same order, as values: no object is made.
    /// </summary>
    /// <param name="position">0 to <see cref="CountToTake"/> - 1.</param>
    internal FlowValues GetValues(int position)
    {
        if (Top is { } top)
        {
            _order ??= Largest(top);
        }

        return position == (_order?.Length ?? _rows.Count)
            ? FlowValues.Of(_rows.ToOverflow(Window)!)
            : _rows.Values(_order?[position] ?? position);
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    /// <summary>The names of both ends; null where nobody asks for names.</summary>
    internal FlowNames? NamesOf(IpAddr source, IpAddr destination) =>
        NameOf is { } find ? new FlowNames(find(source), find(destination)) : null;

    /// <summary>The class of a connection; None where connections have none.</summary>
    internal FlowClass ClassOf(in FlowValues flow) =>
        Classify?.Invoke(flow.Source.Address, flow.Destination.Address, flow.FirstSeen) ?? FlowClass.None;

    private TupleCounts Make(int index)
    {
        FlowClass flowClass = FlowClass.None;
        if (Classify is not null)
        {
            (IpAddr source, IpAddr destination) = _rows.Ends(index);
            flowClass = Classify(source, destination, _rows.FirstSeen(index));
        }

        return Named(_rows.ToTupleCounts(index, Window, flowClass));
    }

    private TupleCounts Named(TupleCounts flow)
    {
        flow.Names = NamesOf(flow.SrcEndpoint.Address, flow.DstEndpoint.Address) ?? default;
        return flow;
    }

    /// <summary>The largest by bytes, largest first; of equals, the earlier first.</summary>
    private int[] Largest(int count)
    {
        if (count >= _rows.Count)
        {
            return Sorted();
        }

        var heap = new PriorityQueue<int, (ulong Bytes, int NegativeIndex)>();
        for (int i = 0; i < _rows.Count; i++)
        {
            (ulong, int) order = (_rows.TotalBytes(i), -i);
            if (heap.Count < count)
            {
                heap.Enqueue(i, order);
            }
            else
            {
                heap.EnqueueDequeue(i, order);
            }
        }

        int[] indexes = new int[heap.Count];
        for (int i = indexes.Length - 1; i >= 0; i--)
        {
            indexes[i] = heap.Dequeue();
        }

        return indexes;
    }

    private int[] Sorted()
    {
        var order = new (ulong Rank, int Index)[_rows.Count];
        int[] indexes = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = (ulong.MaxValue - _rows.TotalBytes(i), i);
        }

        Array.Sort(order);
        for (int i = 0; i < order.Length; i++)
        {
            indexes[i] = order[i].Index;
        }

        return indexes;
    }
}
