using System;
using System.Collections.Generic;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>The connections of one window. Objects are made on demand; dispose it afterwards.</summary>
internal sealed class FlowReport : IDisposable
{
    private readonly IFlowRows _rows;
    private int[]? _order;

    internal FlowReport(IFlowRows rows, FlowWindow window, FlowMeterOptions options)
    {
        _rows = rows;
        Top = options.Top;
        Window = window;
    }

    /// <summary>The window.</summary>
    public FlowWindow Window { get; }

    /// <summary>The number of connections, before the limit and without the overflow.</summary>
    public int Count => _rows.Count;

    /// <summary>
    /// The captured frames in the window. One frame may be several packets on the wire: without a filter the sums are
    /// those of the device's own counters.
    /// </summary>
    public FrameTotals Frames => _rows.FrameTotals;

    /// <summary>The number of objects that <see cref="TakeFlows"/> makes.</summary>
    public int CountToTake => Math.Min(Count, Top ?? int.MaxValue) + (Overflow.IsZero ? 0 : 1);

    /// <summary>The traffic of connections beyond the capacity; all zero if all fit.</summary>
    public FlowCounts Overflow => _rows.Overflow;

    /// <summary>The estimated number of connections in <see cref="Overflow"/>.</summary>
    public long OverflowConnections => _rows.OverflowConnections;

    /// <summary>
    /// The number of packets lost because the ring was full. The kernel reports their number and between which packets
    /// they were lost; a gap over several windows is spread evenly. The first loss of an overload may be
    /// reported early, by at most the time that the ring holds.
    /// </summary>
    public ulong PacketsLost { get; internal init; }

    /// <summary>
    /// The number of dropped frames whose segments the kernel cannot describe, in the window of the next packet.
    /// </summary>
    public ulong PacketsUnreadable { get; internal init; }

    /// <summary>
    /// The number of packets of a file that belong to an earlier, already returned window: they are counted at the
    /// start of this one.
    /// </summary>
    public long PacketsOfEarlierWindows { get; internal init; }

    /// <summary>The start of the window as a timestamp of its TimeProvider; null for a file.</summary>
    internal long? StartTimestamp { get; init; }

    /// <summary>The number of connections to return, those with the most bytes first; null for all, unsorted.</summary>
    internal int? Top { get; set; }

    /// <summary>
    /// Classifies a connection by its ends and the instant at which it was first seen; null for no classes.
    /// </summary>
    internal FlowClassification? Classify { get; set; }

    /// <summary>Whether the ends of connections get names.</summary>
    public bool HasNames => NameOf is not null;

    /// <summary>Names an address; null for no names.</summary>
    internal Func<IpAddr, string?>? NameOf { get; set; }

    /// <summary>Whether connections get their local processes.</summary>
    public bool HasProcesses => OwnerOf is not null;

    /// <summary>Finds the local process of a connection; null for no processes.</summary>
    internal Func<FlowValues, FlowProcess?>? OwnerOf { get; set; }

    /// <summary>
    /// The traffic below the tunnel until the end of the window: one entry per peer and path. Not part of
    /// <see cref="GetValues"/>.
    /// </summary>
    internal IReadOnlyList<TupleCounts> Physical { get; set; } = [];

    /// <summary>
    /// The connections, then the sum of those beyond the capacity if there are any, and last the traffic below the
    /// tunnel.
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
    /// The groups of the window's connections, largest first, at most Top; no object is made of a connection. The sum
    /// of connections beyond the capacity comes last.
    /// </summary>
    /// <param name="groupBy">How to group them.</param>
    public IReadOnlyList<FlowGroup> TakeGroups(FlowGrouping groupBy)
    {
        var groups = new FlowGroups(groupBy);
        for (int i = 0; i < _rows.Count; i++)
        {
            FlowValues flow = _rows.Values(i);
            groups.Add(flow, FlowGroups.UseClasses(groupBy) ? ClassOf(flow) : FlowClass.None);
        }

        if (_rows.ToOverflow(Window) is { } overflow)
        {
            groups.Add(FlowValues.Of(overflow), connections: OverflowConnections);
        }

        return groups.Largest(Top).ConvertAll(group => new FlowGroup(groupBy, group.Key, group.Value, Window));
    }

    /// <summary>
    /// The entries of <see cref="TakeFlows"/> as values, in the same order: no object is made.
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

    /// <summary>The names of both ends; null for no names.</summary>
    internal FlowNames? NamesOf(IpAddr source, IpAddr destination) =>
        NameOf is { } find ? new FlowNames(find(source), find(destination)) : null;

    /// <summary>The local process of a connection; null where processes are not wanted.</summary>
    internal FlowProcess? ProcessOf(in FlowValues flow) => OwnerOf is { } find ? find(flow) ?? default : null;

    /// <summary>The class of a connection; None without classes.</summary>
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
        flow.Process = OwnerOf?.Invoke(FlowValues.Of(flow)) ?? default;
        return flow;
    }

    /// <summary>The largest by bytes, largest first; equal ones in order of arrival.</summary>
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
