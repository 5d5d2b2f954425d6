using System;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TunStats.Interop;

namespace TunStats.Flows;

/// <summary>
/// The memory of a table: entries in order of arrival, and slots that refer to them. Memory for all entries is reserved
/// at once but touched only as it fills, so growing copies no entries.
/// </summary>
internal sealed unsafe class FlowStorage : IDisposable
{
    /// <summary>The number of packets looked up as a batch.</summary>
    internal const int BatchSize = 64;

    private readonly FlowHash _hash;
    private readonly int _capacity;
    private readonly SafeMapping _entryMemory;
    private readonly SafeMapping _restMemory;
    private readonly FlowEntry* _entries;
    private readonly FlowEntryRest* _rest;

    private readonly FlowSlots _slots = new();
    private int _count;
    private FrameTotals _frames;

    internal FlowStorage(FlowHash hash, int capacity)
    {
        _hash = hash;
        _capacity = capacity;
        _entryMemory = FlowSlots.Allocate((nuint)capacity * (nuint)sizeof(FlowEntry));
        _restMemory = FlowSlots.Allocate((nuint)capacity * (nuint)sizeof(FlowEntryRest));
        _entries = (FlowEntry*)_entryMemory.Address;
        _rest = (FlowEntryRest*)_restMemory.Address;
    }

    internal int Count => _count;

    /// <summary>The frames of all packets, including the overflow.</summary>
    internal FrameTotals Frames => _frames;

    /// <summary>The traffic of new connections beyond the capacity.</summary>
    internal FlowOverflow Overflow { get; } = new();

    /// <summary>An entry as a value.</summary>
    internal FlowRow this[int index] => new(_entries + index, _rest + index);

    /// <summary>Counts up to <see cref="BatchSize"/> packets. The caller holds the table's lock.</summary>
    [SkipLocalsInit]
    internal void Add(ReadOnlySpan<PacketRecord> packets)
    {
        Debug.Assert(packets.Length <= BatchSize, "The batch is too large.");
        if (_slots.Ensure(Math.Min(_count + packets.Length, _capacity), _entries, _count, _hash))
        {
            _entryMemory.PreferLargePages();
            _restMemory.PreferLargePages();
        }

        FlowLookUp* lookUps = stackalloc FlowLookUp[BatchSize];
        fixed (PacketRecord* first = packets)
        {
            // Three passes, so that the cache misses of a batch overlap.
            HashAll(first, packets.Length, lookUps);
            FindAll(lookUps, packets.Length);
            CountAll(first, packets.Length, lookUps);
        }
    }

    /// <summary>Removes everything and keeps the memory.</summary>
    internal void Clear()
    {
        _slots.Clear();
        _count = 0;
        _frames = default;
        Overflow.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _entryMemory.Dispose();
        _restMemory.Dispose();
        _slots.Dispose();
    }

    private static uint IsSourceLower(PacketRecord* packet)
    {
        ulong sourceHigh = packet->Key._sourceHigh, destinationHigh = packet->Key._destinationHigh;
        uint lower = Bit(packet->Key._sourceLow < packet->Key._destinationLow);
        return Bit(sourceHigh < destinationHigh) | (Bit(sourceHigh == destinationHigh) & lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bit(bool value) => value ? 1u : 0u;

    /// <summary>
    /// Hashes the keys. If the direction is unknown, both directions must have one key: that of the end with the higher
    /// port, or with the higher address where the ports are equal.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void HashAll(PacketRecord* packets, int count, FlowLookUp* lookUps)
    {
        uint* slots = _slots.First;
        uint mask = _slots.Mask;
        FlowHash hash = _hash;

        // Frames above their bytes: a batch has at most 64 of them, each below 2^32 bytes.
        const int FramesShift = 40;
        ulong* totals = stackalloc ulong[2];
        totals[0] = totals[1] = 0;
        FlowLookUp* lookUp = lookUps;
        for (PacketRecord* packet = packets, end = packets + count; packet < end; packet++, lookUp++)
        {
            ulong rest = packet->Key._rest;
            uint ports = (uint)(rest >> 16), swappedPorts = BitOperations.RotateLeft(ports, 16);

            // Few ports are equal. Which one is higher is unpredictable, so there is no branch for it.
            uint isLower = ports != swappedPorts ? Bit(ports < swappedPorts) : IsSourceLower(packet);
            uint undirected = packet->Marks & (uint)PacketRecord.Undirected;
            uint swap = undirected & isLower;
            rest ^= (ulong)((ports ^ swappedPorts) & (0 - swap)) << 16;
            rest |= undirected * FlowEntry.Undirected;
            lookUp->Rest = rest;
            lookUp->Swap = swap;
            byte* ends = (byte*)packet;
            ulong key = hash.Of(
                Vector128.Load((uint*)(ends + (16 * swap))), Vector128.Load((uint*)(ends + 16 - (16 * swap))), rest);
            lookUp->Hash = key;
            FlowSlots.Prefetch(slots + ((uint)key & mask));
            totals[(uint)packet->Direction & 1] += packet->FrameBytes + (1UL << FramesShift);
        }

        const ulong BytesMask = (1UL << FramesShift) - 1;
        _frames = _frames.Add(
            (long)(totals[0] >> FramesShift),
            totals[0] & BytesMask,
            (long)(totals[1] >> FramesShift),
            totals[1] & BytesMask);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void FindAll(FlowLookUp* lookUps, int count)
    {
        uint* slots = _slots.First;
        uint mask = _slots.Mask;
        FlowEntry* before = _entries - 1;
        for (FlowLookUp* lookUp = lookUps, end = lookUps + count; lookUp < end; lookUp++)
        {
            ulong hash = lookUp->Hash;
            uint tag = (uint)(hash >> 32) & ~mask, at = (uint)hash & mask, slot;
            while ((slot = slots[at]) != 0 && (slot & ~mask) != tag)
            {
                at = (at + 1) & mask;
            }

            lookUp->At = at;
            lookUp->Entry = before + (slot & mask);
            FlowSlots.Prefetch(lookUp->Entry);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void CountAll(PacketRecord* packets, int count, FlowLookUp* lookUps)
    {
        FlowEntry* entries = _entries;
        FlowLookUp* lookUp = lookUps;
        for (PacketRecord* packet = packets, end = packets + count; packet < end; packet++, lookUp++)
        {
            FlowEntry* entry = lookUp->Entry;
            if (entry < entries || !lookUp->IsOf(entry, packet))
            {
                entry = Find(packet, lookUp);
                if (entry == null)
                {
                    Overflow.Add(*packet, lookUp->Hash);
                    continue;
                }
            }

            uint way = ((uint)packet->Direction & 1) ^ lookUp->Swap;
            if (!entry->TryAdd(packet, way))
            {
                entry->AddRarely(packet, way, _rest + (entry - entries));
            }

            if (((packet->TcpFlags | packet->Marks) & PacketRecord.Opening) != 0)
            {
                entry->SetInitiator(packet, way);
            }
        }
    }

    /// <summary>Looks on where <see cref="FindAll"/> ended, which found none or one with the same tag.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlowEntry* Find(PacketRecord* packet, FlowLookUp* lookUp)
    {
        uint* slots = _slots.First;
        uint mask = _slots.Mask, tag = (uint)(lookUp->Hash >> 32) & ~mask;
        for (uint at = lookUp->At; ; at = (at + 1) & mask)
        {
            // Another new connection of this batch may have taken the slot meanwhile.
            uint slot = slots[at];
            if (slot == 0)
            {
                return Insert(slots + at, packet, lookUp);
            }

            FlowEntry* entry = _entries + ((slot & mask) - 1);
            if ((slot & ~mask) == tag && lookUp->IsOf(entry, packet))
            {
                return entry;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlowEntry* Insert(uint* slot, PacketRecord* packet, FlowLookUp* lookUp)
    {
        if (_count == _capacity)
        {
            return null;
        }

        int index = _count++;
        *slot = _slots.Reference(lookUp->Hash, index);
        FlowEntry* entry = _entries + index;
        FlowKey key = lookUp->Swap == 0 ? packet->Key : packet->Key.Swap();
        ulong first = lookUp->Swap == 0 ? 0 : FlowEntry.DestinationWasFirst;
        *entry = new FlowEntry
        {
            Key = new FlowKey(
                key._sourceHigh, key._sourceLow, key._destinationHigh, key._destinationLow, lookUp->Rest | first),
            LastSeen = packet->UnixNanoseconds,
        };
        _rest[index] = new FlowEntryRest { FirstSeen = packet->UnixNanoseconds };
        return entry;
    }
}
