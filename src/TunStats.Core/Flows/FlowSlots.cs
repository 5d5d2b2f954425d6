using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TunStats.Interop;

namespace TunStats.Flows;

/// <summary>
/// The hash slots of a table, which refer to its entries. A slot holds an entry's number plus one in the bits below the
/// mask, and above it the same bits of the upper half of its hash; 0 is empty. Keys are searched from the slot of their
/// hash on. The slots double as the entries become more.
/// </summary>
internal sealed unsafe class FlowSlots : IDisposable
{
    private const int FirstLength = 1 << 12;

    // Slots of 4 bytes are cheap; while most are empty, nearly every key is found in its first slot.
    private const int SlotsPerEntry = 2;

    // From this size on, an entry and its page table entry are unlikely to be in the cache.
    private const int Many = 1 << 16;

    private SafeMapping _memory = Allocate(FirstLength * sizeof(uint));

    internal FlowSlots()
    {
        First = (uint*)_memory.Address;
        Mask = FirstLength - 1;
    }

    internal uint* First { get; private set; }

    internal uint Mask { get; private set; }

    /// <summary>Grows so that most slots stay empty with a number of entries.</summary>
    /// <param name="wanted">The number of entries.</param>
    /// <param name="entries">The entries so far.</param>
    /// <param name="count">Their number.</param>
    /// <param name="hash">The hash of their keys.</param>
    /// <returns>Whether it grew to where large pages pay.</returns>
    internal bool Ensure(int wanted, FlowEntry* entries, int count, in FlowHash hash)
    {
        uint slots = SlotsPerEntry * (uint)wanted;
        if (slots <= Mask)
        {
            return false;
        }

        Grow(BitOperations.RoundUpToPowerOf2(slots + 1), entries, count, hash);
        return Mask >= Many;
    }

    /// <summary>What a slot holds for an entry.</summary>
    internal uint Reference(ulong hash, int entry) => ((uint)(hash >> 32) & ~Mask) | (uint)(entry + 1);

    internal void Clear() => new Span<uint>(First, (int)Mask + 1).Clear();

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    internal static SafeMapping Allocate(nuint bytes)
    {
        SafeMapping memory = SafeMapping.Anonymous(bytes);
        return memory.IsInvalid
            ? throw new InsufficientMemoryException(
                $"There is no memory for a table of connections: {Libc.ErrorText(Libc.LastError)}.")
            : memory;
    }

    [SkipLocalsInit]
    private void Grow(uint length, FlowEntry* entries, int count, in FlowHash hash)
    {
        SafeMapping memory = Allocate(length * sizeof(uint));
        if (length > Many)
        {
            memory.PreferLargePages();
        }

        _memory.Dispose();
        _memory = memory;
        First = (uint*)memory.Address;
        Mask = length - 1;
        ulong* hashes = stackalloc ulong[FlowStorage.BatchSize];
        for (int from = 0; from < count; from += FlowStorage.BatchSize)
        {
            Enter(entries, from, Math.Min(count - from, FlowStorage.BatchSize), hash, hashes);
        }
    }

    /// <summary>Inserts a batch of entries into new slots, so that their cache misses overlap.</summary>
    private void Enter(FlowEntry* entries, int from, int count, in FlowHash hash, ulong* hashes)
    {
        uint* slots = First;
        uint mask = Mask;
        for (int i = 0; i < count; i++)
        {
            ulong* key = (ulong*)(entries + from + i);
            hashes[i] = hash.Of(
                Vector128.Load((uint*)key), Vector128.Load((uint*)(key + 2)), key[4] & FlowEntry.KeyMask);
            Prefetch(slots + ((uint)hashes[i] & mask));
        }

        for (int i = 0; i < count; i++)
        {
            uint at = (uint)hashes[i] & mask;
            while (slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            slots[at] = Reference(hashes[i], from + i);
        }
    }
}
