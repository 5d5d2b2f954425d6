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
    private void HashAll(PacketRecord* packets, int count, LookUp* lookUps)
    {
        uint* slots = _slots;
        uint mask = _mask;
        FlowHash hash = _hash;

        // Frames above their bytes: a batch has at most 64 of them, each below 2^32 bytes.
        const int FramesShift = 40;
        ulong* totals = stackalloc ulong[2];
        totals[0] = totals[1] = 0;
        LookUp* lookUp = lookUps;
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
            Prefetch(slots + ((uint)key & mask));
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
    private void FindAll(LookUp* lookUps, int count)
    {
        uint* slots = _slots;
        uint mask = _mask;
        FlowEntry* before = _entries - 1;
        for (LookUp* lookUp = lookUps, end = lookUps + count; lookUp < end; lookUp++)
        {
            ulong hash = lookUp->Hash;
            uint tag = (uint)(hash >> 32) & ~mask, at = (uint)hash & mask, slot;
            while ((slot = slots[at]) != 0 && (slot & ~mask) != tag)
            {
                at = (at + 1) & mask;
            }

            lookUp->At = at;
            lookUp->Entry = before + (slot & mask);
            Prefetch(lookUp->Entry);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void CountAll(PacketRecord* packets, int count, LookUp* lookUps)
    {
        FlowEntry* entries = _entries;
        LookUp* lookUp = lookUps;
        for (PacketRecord* packet = packets, end = packets + count; packet < end; packet++, lookUp++)
        {
            FlowEntry* entry = lookUp->Entry;
            if (entry < entries || !IsSame(entry, packet, lookUp))
            {
                entry = Find(packet, lookUp);
                if (entry == null)
                {
                    Overflow.Add(*packet, lookUp->Hash);
                    continue;
                }
            }

            Update(entry, packet, ((uint)packet->Direction & 1) ^ lookUp->Swap);
        }
    }

    /// <summary>Looks on where <see cref="FindAll"/> ended, which found none or one with the same tag.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
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
        byte* own = (byte*)entry, source = (byte*)packet + (16 * lookUp->Swap), destination = (byte*)packet + 16;
        destination -= 16 * lookUp->Swap;
        Vector128<byte> differences = (Vector128.Load(own) ^ Vector128.Load(source))
            | (Vector128.Load(own + 16) ^ Vector128.Load(destination));
        return differences == Vector128<byte>.Zero
            && ((((ulong*)own)[4] ^ lookUp->Rest) & FlowEntry.KeyMask) == 0;
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
        // Bytes and packets are the halves of one number, in both structs.
        ulong* counts = (ulong*)((byte*)entry + sizeof(FlowKey)) + way;
        ulong before = *counts, added = Unsafe.ReadUnaligned<ulong>(&packet->Bytes), sum = before + added;
        ulong carryIntoUpper = (before ^ added ^ sum) & (1UL << 32);
        if ((carryIntoUpper | Bit(sum < added)) == 0)
        {
            *counts = sum;
        }
        else
        {
            Carry(entry, packet, way);
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

    /// <summary>Saturating addition of counts that exceed 32 bits.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Carry(FlowEntry* entry, PacketRecord* packet, uint way)
    {
        FlowEntryRest* rest = _rest + (entry - _entries);
        Add(ref entry->Counts[2 * way], ref rest->BytesHigh[way], packet->Bytes);
        Add(ref entry->Counts[(2 * way) + 1], ref rest->PacketsHigh[way], packet->Packets);

        static void Add(ref uint low, ref uint high, uint added)
        {
            low += added;
            if (low < added && ++high == 0)
            {
                (high, low) = (uint.MaxValue, uint.MaxValue);
            }
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
        internal FlowEntry* Entry;
        internal uint At;
        internal uint Swap;
    }
}
