using System;

namespace TunStats.Flows;

/// <summary>
/// Counts packets per connection: one entry for both directions. Adding allocates nothing while the table does not
/// grow. Any thread may add, any other may take what was counted: taking exchanges the whole memory in one step, so
/// that every packet is in exactly one snapshot.
/// </summary>
public sealed class FlowTable : IDisposable
{
    /// <summary>How many connections a table holds by default.</summary>
    public const int DefaultCapacity = 1_000_000;

    private readonly object _gate = new();
    private readonly FlowHash _hash = FlowHash.Create();
    private FlowStorage? _active;
    private FlowStorage? _spare;

    /// <summary>An empty table.</summary>
    /// <param name="capacity">
    /// How many connections it holds at most, 1 to 16,777,216. Packets of further ones are counted together: see
    /// <see cref="FlowSnapshot.Overflow"/>. An entry takes about 100 bytes, when it comes to be used.
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

    /// <summary>How many connections it holds at most.</summary>
    public int Capacity { get; }

    /// <summary>How many connections it holds now.</summary>
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
    /// <param name="packets">Packets whose keys are seen from this node.</param>
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

    /// <summary>Takes everything that was counted and starts again.</summary>
    /// <returns>The counts; dispose them, which gives their memory back to the table.</returns>
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

    /// <summary>Takes the memory of a snapshot back.</summary>
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
