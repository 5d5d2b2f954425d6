using System;

namespace TunStats.Flows;

/// <summary>
/// Counts packets per connection: one entry for both directions. Adding allocates nothing unless the table grows. Any
/// thread may add, another may take the counts: taking swaps the memory in one step (double buffer), so that every
/// packet is in exactly one snapshot.
/// </summary>
internal sealed class FlowTable : IDisposable
{
    /// <summary>The default capacity in connections.</summary>
    public const int DefaultCapacity = 1_000_000;

    private readonly object _gate = new();
    private readonly FlowHash _hash = FlowHash.Create();
    private FlowStorage? _active;
    private FlowStorage? _spare;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacity">
    /// The capacity in connections, 1 to 16,777,216. Packets of further ones are summed up: see
    /// <see cref="FlowSnapshot.Overflow"/>. A used entry takes about 100 bytes.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not in that range.</exception>
    public FlowTable(int capacity = DefaultCapacity)
    {
        const int Most = 1 << 24;
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, Most);
        Capacity = capacity;
        _active = new FlowStorage(_hash, capacity);
    }

    /// <summary>The capacity in connections.</summary>
    public int Capacity { get; }

    /// <summary>The current number of connections.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return Active.Count;
            }
        }
    }

    private FlowStorage Active => _active ?? throw new ObjectDisposedException(nameof(FlowTable));

    /// <summary>Counts packets.</summary>
    /// <param name="packets">Packets with keys seen from this node.</param>
    public void Add(ReadOnlySpan<PacketRecord> packets)
    {
        lock (_gate)
        {
            FlowStorage storage = Active;
            while (packets.Length > FlowStorage.BatchSize)
            {
                storage.Add(packets[..FlowStorage.BatchSize]);
                packets = packets[FlowStorage.BatchSize..];
            }

            storage.Add(packets);
        }
    }

    /// <summary>Takes all counts and starts again from 0.</summary>
    /// <returns>The counts; disposing them returns their memory to the table.</returns>
    public FlowSnapshot TakeAll()
    {
        lock (_gate)
        {
            FlowStorage taken = Active;
            _active = _spare ?? new FlowStorage(_hash, Capacity);
            _spare = null;
            return new FlowSnapshot(this, taken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _active?.Dispose();
            _spare?.Dispose();
            _active = null;
            _spare = null;
        }
    }

    /// <summary>Takes back the memory of a snapshot.</summary>
    internal void Return(FlowStorage storage)
    {
        storage.Clear();
        lock (_gate)
        {
            if (_active is not null && _spare is null)
            {
                _spare = storage;
                return;
            }
        }

        storage.Dispose();
    }
}
