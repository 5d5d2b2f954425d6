using System;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TunStats.Interop;

namespace TunStats.Flows;

/// <summary>
/// The memory of a table: entries in order of arrival, and hash slots that refer to them. Memory for all entries is
/// reserved at once but touched only as it fills, so growing copies no entries; the slots double.
/// </summary>
internal sealed unsafe class FlowStorage : IDisposable
{
    /// <summary>The number of packets looked up as a batch.</summary>
    internal const int BatchSize = 64;

    private const int FirstSlots = 1 << 12;

    // Slots of 4 bytes are cheap; while most are empty, nearly every key is found in its first slot.
    private const int SlotsPerEntry = 2;

    // From this size on, an entry and its page table entry are unlikely to be in the cache.
    private const int ManySlots = 1 << 16;

    private readonly FlowHash _hash;
    private readonly int _capacity;
    private readonly SafeMapping _entryMemory;
    private readonly SafeMapping _restMemory;
    private readonly FlowEntry* _entries;
    private readonly FlowEntryRest* _rest;

    // A slot holds an entry's number plus one in the bits below the mask, and above it the same bits of the upper half
    // of its hash; 0 is empty.
    private SafeMapping _slotMemory;
    private uint* _slots;
    private uint _mask;
    private int _count;
    private FrameTotals _frames;

    internal FlowStorage(FlowHash hash, int capacity)
    {
        _hash = hash;
        _capacity = capacity;
        _entryMemory = Allocate((nuint)capacity * (nuint)sizeof(FlowEntry));
        _restMemory = Allocate((nuint)capacity * (nuint)sizeof(FlowEntryRest));
        _entries = (FlowEntry*)_entryMemory.Address;
        _rest = (FlowEntryRest*)_restMemory.Address;
        _slotMemory = Allocate(FirstSlots * sizeof(uint));
        _slots = (uint*)_slotMemory.Address;
        _mask = FirstSlots - 1;
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
        EnsureSlots(packets.Length);
        LookUp* lookUps = stackalloc LookUp[BatchSize];
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
        new Span<uint>(_slots, (int)_mask + 1).Clear();
        _count = 0;
        _frames = default;
        Overflow.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _entryMemory.Dispose();
        _restMemory.Dispose();
        _slotMemory.Dispose();
    }

    /// <summary>
    /// If the direction is unknown, both directions must have one key: that of the end with the higher port, or with
    /// the higher address where the ports are equal.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint IsToBeSwapped(PacketRecord* packet)
    {
        // Few ports are equal. Which one is higher is unpredictable, so there is no branch for it.
        uint source = (ushort)(packet->Key._rest >> 32), destination = (ushort)(packet->Key._rest >> 16);
        return source != destination ? Bit(source < destination) : IsSourceLower(packet);
    }

    private static uint IsSourceLower(PacketRecord* packet)
    {
        ulong sourceHigh = packet->Key._sourceHigh, destinationHigh = packet->Key._destinationHigh;
        uint lower = Bit(packet->Key._sourceLow < packet->Key._destinationLow);
        return Bit(sourceHigh < destinationHigh) | (Bit(sourceHigh == destinationHigh) & lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bit(bool value) => value ? 1u : 0u;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void HashAll(PacketRecord* packets, int count, LookUp* lookUps)
    {
        uint* slots = _slots;
        uint mask = _mask;
        FlowHash hash = _hash;
        ulong rxFrames = 0, bytes = 0, rxBytes = 0;
        for (int i = 0; i < count; i++)
        {
            PacketRecord* packet = packets + i;
            uint undirected = packet->Marks & (uint)PacketRecord.Undirected;
            uint swap = undirected & IsToBeSwapped(packet);
            ulong rest = packet->Key._rest;
            rest ^= FlowKey.SwapOfPorts(rest) & (0UL - swap);
            rest |= undirected * FlowEntry.Undirected;
            lookUps[i].Rest = rest;
            lookUps[i].Swap = swap;
            byte* ends = (byte*)packet;
            ulong key = hash.Of(
                Vector128.Load((uint*)(ends + (16 * swap))), Vector128.Load((uint*)(ends + 16 - (16 * swap))), rest);
            lookUps[i].Hash = key;
            Prefetch(slots + ((uint)key & mask));
            ulong frame = packet->FrameBytes, rx = (ulong)packet->Direction;
            bytes += frame;
            rxFrames += rx;
            rxBytes += frame & (0UL - rx);
        }

        _frames = _frames.Add(count - (long)rxFrames, bytes - rxBytes, (long)rxFrames, rxBytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void FindAll(LookUp* lookUps, int count)
    {
        uint* slots = _slots;
        uint mask = _mask;
        FlowEntry* before = _entries - 1;
        for (int i = 0; i < count; i++)
        {
            ulong hash = lookUps[i].Hash;
            uint tag = (uint)(hash >> 32) & ~mask, at = (uint)hash & mask, slot;
            while ((slot = slots[at]) != 0 && (slot & ~mask) != tag)
            {
                at = (at + 1) & mask;
            }

            lookUps[i].At = at;
            Prefetch(before + (slot & mask));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void CountAll(PacketRecord* packets, int count, LookUp* lookUps)
    {
        for (int i = 0; i < count; i++)
        {
            FlowEntry* entry = Find(packets + i, lookUps + i);
            if (entry != null)
            {
                Update(entry, packets + i, (uint)packets[i].Direction ^ lookUps[i].Swap);
            }
            else
            {
                Overflow.Add(packets[i], lookUps[i].Hash);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowEntry* Find(PacketRecord* packet, LookUp* lookUp)
    {
        uint* slots = _slots;
        uint mask = _mask, tag = (uint)(lookUp->Hash >> 32) & ~mask;
        for (uint at = lookUp->At; ; at = (at + 1) & mask)
        {
            // Another new connection of this batch may have taken the slot meanwhile.
            uint slot = slots[at];
            if (slot == 0)
            {
                return Insert(slots + at, packet, lookUp);
            }

            FlowEntry* entry = _entries + ((slot & mask) - 1);
            if ((slot & ~mask) == tag && IsSame(entry, packet, lookUp))
            {
                return entry;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSame(FlowEntry* entry, PacketRecord* packet, LookUp* lookUp)
    {
        ulong* own = (ulong*)entry;
        ulong* source = (ulong*)packet + (2 * lookUp->Swap);
        ulong* destination = (ulong*)packet + 2 - (2 * lookUp->Swap);
        return ((own[0] ^ source[0]) | (own[1] ^ source[1]) | (own[2] ^ destination[0]) | (own[3] ^ destination[1])
            | ((own[4] ^ lookUp->Rest) & FlowEntry.KeyMask)) == 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlowEntry* Insert(uint* slot, PacketRecord* packet, LookUp* lookUp)
    {
        if (_count == _capacity)
        {
            return null;
        }

        int index = _count++;
        *slot = ((uint)(lookUp->Hash >> 32) & ~_mask) | (uint)(index + 1);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Update(FlowEntry* entry, PacketRecord* packet, uint way)
    {
        uint packets = entry->Packets[way] + packet->Packets, bytes = entry->Bytes[way] + packet->Bytes;
        entry->Packets[way] = packets;
        entry->Bytes[way] = bytes;
        if ((Bit(packets < packet->Packets) | Bit(bytes < packet->Bytes)) != 0)
        {
            Carry(entry, way, packets < packet->Packets, bytes < packet->Bytes);
        }

        long time = packet->UnixNanoseconds;
        if (time >= entry->LastSeen)
        {
            entry->LastSeen = time;
        }
        else
        {
            SeeEarlier(entry, time);
        }

        if (((packet->TcpFlags | packet->Marks) & PacketRecord.Opening) != 0)
        {
            SetInitiator(entry, packet, way);
        }
    }

    /// <summary>Saturating addition.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Carry(FlowEntry* entry, uint way, bool packets, bool bytes)
    {
        FlowEntryRest* rest = _rest + (entry - _entries);
        if (packets && ++rest->PacketsHigh[way] == 0)
        {
            rest->PacketsHigh[way] = uint.MaxValue;
            entry->Packets[way] = uint.MaxValue;
        }

        if (bytes && ++rest->BytesHigh[way] == 0)
        {
            rest->BytesHigh[way] = uint.MaxValue;
            entry->Bytes[way] = uint.MaxValue;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SeeEarlier(FlowEntry* entry, long time)
    {
        FlowEntryRest* rest = _rest + (entry - _entries);
        rest->FirstSeen = Math.Min(rest->FirstSeen, time);
    }

    private static void SetInitiator(FlowEntry* entry, PacketRecord* packet, uint way)
    {
        bool answer = (packet->TcpFlags & PacketRecord.Ack) != 0;
        FlowInitiator initiator = (way == 0) != answer ? FlowInitiator.Local : FlowInitiator.Remote;
        ulong* rest = (ulong*)&entry->Key + 4;
        *rest = (*rest & ~(3UL << FlowEntry.InitiatorShift)) | ((ulong)initiator << FlowEntry.InitiatorShift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    private static SafeMapping Allocate(nuint bytes)
    {
        SafeMapping memory = SafeMapping.Anonymous(bytes);
        return memory.IsInvalid
            ? throw new InsufficientMemoryException(
                $"There is no memory for a table of connections: {Libc.ErrorText(Libc.LastError)}.")
            : memory;
    }

    /// <summary>Grows so that most slots stay empty after another batch.</summary>
    private void EnsureSlots(int packets)
    {
        uint wanted = SlotsPerEntry * (uint)Math.Min(_count + packets, _capacity);
        if (wanted > _mask)
        {
            Grow(BitOperations.RoundUpToPowerOf2(wanted + 1));
        }
    }

    [SkipLocalsInit]
    private void Grow(uint length)
    {
        SafeMapping memory = Allocate(length * sizeof(uint));
        if (length > ManySlots)
        {
            memory.PreferLargePages();
            if (_mask < ManySlots)
            {
                _entryMemory.PreferLargePages();
                _restMemory.PreferLargePages();
            }
        }

        _slotMemory.Dispose();
        _slotMemory = memory;
        _slots = (uint*)memory.Address;
        _mask = length - 1;
        ulong* hashes = stackalloc ulong[BatchSize];
        for (int from = 0; from < _count; from += BatchSize)
        {
            Enter(from, Math.Min(_count - from, BatchSize), hashes);
        }
    }

    /// <summary>Inserts a batch of entries into new slots, so that their cache misses overlap.</summary>
    private void Enter(int from, int count, ulong* hashes)
    {
        uint* slots = _slots;
        for (int i = 0; i < count; i++)
        {
            ulong* key = (ulong*)(_entries + from + i);
            hashes[i] = _hash.Of(
                Vector128.Load((uint*)key), Vector128.Load((uint*)(key + 2)), key[4] & FlowEntry.KeyMask);
            Prefetch(slots + ((uint)hashes[i] & _mask));
        }

        for (int i = 0; i < count; i++)
        {
            uint at = (uint)hashes[i] & _mask;
            while (slots[at] != 0)
            {
                at = (at + 1) & _mask;
            }

            slots[at] = ((uint)(hashes[i] >> 32) & ~_mask) | (uint)(from + i + 1);
        }
    }

    /// <summary>The look-up state of a packet in a batch.</summary>
    private struct LookUp
    {
        internal ulong Hash;
        internal ulong Rest;
        internal uint At;
        internal uint Swap;
    }
}
