using System;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>
/// The memory of a table: entries in order of arrival, and slots that lead to them by hash. The room of all entries is
/// asked for at once but touched as it fills, so that growing copies none of them; the slots double.
/// </summary>
internal sealed unsafe class FlowStorage : SafeHandle
{
    /// <summary>How many packets are looked up together.</summary>
    internal const int BatchSize = 64;

    private const int FirstSlots = 1 << 12;

    // A slot is the upper half of the hash and, in the lower half, one more than the entry's number; 0 is empty.
    private const ulong TagMask = 0xffff_ffff_0000_0000;

    private readonly FlowHash _hash;
    private readonly int _capacity;
    private readonly FlowEntry* _entries;
    private ulong[] _slots = new ulong[FirstSlots];
    private int _count;
    private FrameTotals _frames;

    internal FlowStorage(FlowHash hash, int capacity)
        : base(0, ownsHandle: true)
    {
        _hash = hash;
        _capacity = capacity;
        _entries = (FlowEntry*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(FlowEntry));
        SetHandle((nint)_entries);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    internal int Count => _count;

    /// <summary>The frames of every packet that was added, those of the overflow included.</summary>
    internal FrameTotals Frames => _frames;

    /// <summary>What newcomers carried that found no room.</summary>
    internal FlowOverflow Overflow { get; } = new();

    internal ref readonly FlowEntry this[int index] => ref _entries[index];

    /// <summary>Counts up to <see cref="BatchSize"/> packets. The caller holds the table's lock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Add(ReadOnlySpan<PacketRecord> packets)
    {
        Debug.Assert(packets.Length <= BatchSize, "A batch is larger than the room for its hashes.");
        EnsureSlots(packets.Length);
        ulong* hashes = stackalloc ulong[BatchSize];
        fixed (ulong* slots = _slots)
        fixed (PacketRecord* first = packets)
        {
            uint mask = (uint)_slots.Length - 1;
            long rxFrames = 0;
            ulong bytes = 0, rxBytes = 0;

            // Three passes, so that the cache misses of a batch are waited for together and not one after the other.
            for (int i = 0; i < packets.Length; i++)
            {
                ulong hash = _hash.Of(first[i].Key);
                hashes[i] = hash;
                Prefetch(slots + ((uint)hash & mask));
                ulong frame = first[i].FrameBytes;
                ulong rx = (ulong)first[i].Direction;
                bytes += frame;
                rxFrames += (long)rx;
                rxBytes += frame & (0 - rx);
            }

            _frames = _frames.Add(packets.Length - rxFrames, bytes - rxBytes, rxFrames, rxBytes);

            for (int i = 0; i < packets.Length; i++)
            {
                uint number = (uint)slots[(uint)hashes[i] & mask];
                if (number != 0)
                {
                    FlowEntry* entry = _entries + (number - 1);
                    Prefetch(entry);
                    Prefetch((byte*)entry + sizeof(FlowEntry) - 1);
                }
            }

            for (int i = 0; i < packets.Length; i++)
            {
                PacketRecord* packet = first + i;
                ulong hash = hashes[i];
                FlowEntry* entry = Find(slots, mask, hash, packet);
                if (entry != null)
                {
                    Update(entry, packet);
                }
                else
                {
                    Overflow.Add(*packet, hash);
                }
            }
        }
    }

    /// <summary>Forgets everything and keeps the memory.</summary>
    internal void Clear()
    {
        Array.Clear(_slots);
        _count = 0;
        _frames = default;
        Overflow.Clear();
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FlowEntry* Find(ulong* slots, uint mask, ulong hash, PacketRecord* packet)
    {
        for (uint at = (uint)hash & mask; ; at = (at + 1) & mask)
        {
            ulong slot = slots[at];
            if (slot == 0)
            {
                return Insert(slots + at, hash, packet);
            }

            if (((slot ^ hash) & TagMask) == 0)
            {
                FlowEntry* entry = _entries + ((uint)slot - 1);
                if (SameKey(entry, packet))
                {
                    return entry;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool SameKey(FlowEntry* entry, PacketRecord* packet)
    {
        const ulong Initiator = ~(0xffUL << FlowEntry.InitiatorShift);
        ulong* a = (ulong*)&entry->Key;
        ulong* b = (ulong*)&packet->Key;
        return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) | ((a[4] ^ b[4]) & Initiator)) == 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private FlowEntry* Insert(ulong* slot, ulong hash, PacketRecord* packet)
    {
        if (_count == _capacity)
        {
            return null;
        }

        *slot = (hash & TagMask) | (uint)(_count + 1);
        FlowEntry* entry = _entries + _count++;
        ulong* key = (ulong*)&entry->Key;
        *entry = default;
        entry->Key = packet->Key;
        entry->FirstSeen = packet->UnixNanoseconds;
        entry->LastSeen = packet->UnixNanoseconds;
        if (packet->Key.Protocol != IpProtocol.Tcp && packet->Key.Family != IpFamily.None)
        {
            SetInitiator(key, packet->Direction == PacketDirection.Tx ? FlowInitiator.Local : FlowInitiator.Remote);
        }

        return entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update(FlowEntry* entry, PacketRecord* packet)
    {
        ulong* counts = &entry->TxPackets + (2 * (int)packet->Direction);
        ulong packets = counts[0] + packet->Packets;
        counts[0] = packets >= packet->Packets ? packets : ulong.MaxValue;
        ulong bytes = counts[1] + packet->Bytes;
        counts[1] = bytes >= packet->Bytes ? bytes : ulong.MaxValue;
        long time = packet->UnixNanoseconds;
        if (time > entry->LastSeen)
        {
            entry->LastSeen = time;
        }
        else if (time < entry->FirstSeen)
        {
            entry->FirstSeen = time;
        }

        if ((packet->TcpFlags & PacketRecord.Syn) != 0)
        {
            bool answer = (packet->TcpFlags & PacketRecord.Ack) != 0;
            bool local = packet->Direction == PacketDirection.Tx != answer;
            SetInitiator((ulong*)&entry->Key, local ? FlowInitiator.Local : FlowInitiator.Remote);
        }
    }

    private static void SetInitiator(ulong* key, FlowInitiator initiator) =>
        key[4] = (key[4] & ~(0xffUL << FlowEntry.InitiatorShift)) | ((ulong)initiator << FlowEntry.InitiatorShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>Keeps the slots at most half full after another batch.</summary>
    private void EnsureSlots(int packets)
    {
        int wanted = 2 * Math.Min(_count + packets, _capacity);
        if (wanted > _slots.Length)
        {
            Grow((int)BitOperations.RoundUpToPowerOf2((uint)wanted));
        }
    }

    private void Grow(int length)
    {
        var slots = new ulong[length];
        uint mask = (uint)length - 1;
        for (int i = 0; i < _count; i++)
        {
            ulong hash = _hash.Of(KeyOf(_entries[i]));
            uint at = (uint)hash & mask;
            while (slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            slots[at] = (hash & TagMask) | (uint)(i + 1);
        }

        _slots = slots;
    }

    /// <summary>The key of an entry, without what is kept in its spare bits.</summary>
    internal static FlowKey KeyOf(in FlowEntry entry) => new(
        entry.Key._sourceHigh,
        entry.Key._sourceLow,
        entry.Key._destinationHigh,
        entry.Key._destinationLow,
        entry.Key._rest & ~(0xffUL << FlowEntry.InitiatorShift));

    /// <summary>Who opened the connection.</summary>
    internal static FlowInitiator InitiatorOf(in FlowEntry entry) =>
        (FlowInitiator)(byte)(entry.Key._rest >> FlowEntry.InitiatorShift);
}
