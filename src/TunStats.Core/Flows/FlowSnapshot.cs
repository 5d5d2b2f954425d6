using System;
using System.Threading;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>The contents of a table when it was emptied. It holds memory of the table until it is disposed.</summary>
internal sealed class FlowSnapshot : IFlowRows
{
    private readonly FlowTable _table;
    private FlowStorage? _storage;

    internal FlowSnapshot(FlowTable table, FlowStorage storage)
    {
        _table = table;
        _storage = storage;
    }

    /// <summary>The number of connections.</summary>
    public int Count => Storage.Count;

    /// <summary>
    /// The captured frames of all counts, including <see cref="Overflow"/>: comparable to the device's own counters.
    /// </summary>
    public FrameTotals FrameTotals => Storage.Frames;

    /// <summary>The traffic of connections beyond the capacity; all zero if all fit.</summary>
    public FlowCounts Overflow => Storage.Overflow.Counts;

    /// <summary>
    /// The estimated number of connections in <see cref="Overflow"/> (standard error 1.6 %); 0 for none.
    /// </summary>
    public long OverflowConnections => Storage.Overflow.EstimateConnections();

    private FlowStorage Storage => _storage ?? throw new ObjectDisposedException(nameof(FlowSnapshot));

    /// <summary>A connection's key, seen from this node.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1, in order of arrival.</param>
    public FlowKey GetKey(int index) => Row(index).Key;

    /// <summary>The counts of a connection.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public FlowCounts GetCounts(int index) => Row(index).Counts;

    /// <summary>An object for the user.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="window">The window.</param>
    /// <param name="flowClass">Its class.</param>
    public TupleCounts ToTupleCounts(int index, FlowWindow window, FlowClass flowClass = FlowClass.None)
    {
        FlowRow row = Row(index);
        FlowKey key = row.Key;
        return new TupleCounts(key.Protocol, key.Source, key.Destination, row.Counts, window)
        {
            FirstSeenTime = UnixTime.ToNanoTime(row.FirstSeen),
            LastSeenTime = UnixTime.ToNanoTime(row.LastSeen),
            OpenedBy = row.OpenedBy,
            Class = flowClass,
        };
    }

    /// <summary>The entry of the overflow, without protocol and ends; null if all fit.</summary>
    /// <param name="window">The window.</param>
    public TupleCounts? ToOverflow(FlowWindow window)
    {
        FlowOverflow overflow = Storage.Overflow;
        return overflow.Counts.IsZero
            ? null
            : new TupleCounts(default, default, default, overflow.Counts, window)
            {
                FirstSeenTime = UnixTime.ToNanoTime(overflow.FirstSeen),
                LastSeenTime = UnixTime.ToNanoTime(overflow.LastSeen),
            };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _storage, null) is { } storage)
        {
            _table.Return(storage);
        }
    }

    (IpAddr Source, IpAddr Destination) IFlowRows.Ends(int index)
    {
        FlowKey key = GetKey(index);
        return (key.SourceAddress, key.DestinationAddress);
    }

    long? IFlowRows.FirstSeen(int index) => Row(index).FirstSeen;

    FlowValues IFlowRows.Values(int index)
    {
        FlowRow row = Row(index);
        FlowKey key = row.Key;
        return new FlowValues(
            key.Protocol, key.Source, key.Destination, row.Counts, row.FirstSeen, row.LastSeen, row.OpenedBy);
    }

    ulong IFlowRows.TotalBytes(int index) => Row(index).Counts.TotalBytes;

    internal FlowRow Row(int index)
    {
        FlowStorage storage = Storage;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)storage.Count, nameof(index));
        return storage[index];
    }
}
