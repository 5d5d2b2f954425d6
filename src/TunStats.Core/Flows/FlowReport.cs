using System;
using System.Collections.Generic;

namespace TunStats.Flows;

/// <summary>The connections of one window. Objects are made as they are taken; dispose it when they were.</summary>
public sealed class FlowReport : IDisposable
{
    private readonly FlowSnapshot _snapshot;
    private readonly int? _top;

    internal FlowReport(FlowSnapshot snapshot, FlowWindow window, FlowMeterOptions options)
    {
        _snapshot = snapshot;
        _top = options.Top;
        Window = window;
        if (!snapshot.Overflow.IsZero)
        {
            options.Warn?.Invoke(
                $"{window.Source}: more than {options.Capacity} connections in one window; about "
                + $"{snapshot.OverflowConnections} further ones with {snapshot.Overflow.TotalPackets} packets are "
                + "counted together in one entry without addresses.");
        }
    }

    /// <summary>When and where.</summary>
    public FlowWindow Window { get; }

    /// <summary>
    /// How many connections there were, before <see cref="FlowMeterOptions.Top"/>, without the overflow.
    /// </summary>
    public int Count => _snapshot.Count;

    /// <summary>The connections; the overflow's entry, where there is one, is the last.</summary>
    public IEnumerable<TupleCounts> TakeFlows()
    {
        if (_top is { } top)
        {
            foreach (int index in Largest(top))
            {
                yield return _snapshot.ToTupleCounts(index, Window);
            }
        }
        else
        {
            for (int i = 0; i < _snapshot.Count; i++)
            {
                yield return _snapshot.ToTupleCounts(i, Window);
            }
        }

        if (_snapshot.ToOverflow(Window) is { } overflow)
        {
            yield return overflow;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _snapshot.Dispose();

    /// <summary>The largest by bytes, largest first; of equals, the earlier first.</summary>
    private int[] Largest(int count)
    {
        var heap = new PriorityQueue<int, (ulong Bytes, int NegativeIndex)>();
        for (int i = 0; i < _snapshot.Count && count > 0; i++)
        {
            (ulong, int) order = (_snapshot.TotalBytes(i), -i);
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
}
