using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>
/// The part of a table entry that every packet changes: one cache line. What exceeds 32 bits of a count is in
/// <see cref="FlowEntryRest"/>. The key's spare bits hold the state of the entry.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FlowEntry
{
    /// <summary>The key's own bits, and whether its direction is unknown.</summary>
    internal const ulong KeyMask = Undirected | 0xffff_ffff_ffff;

    /// <summary>The direction of the packets is unknown: the key's source is an arbitrary end.</summary>
    internal const ulong Undirected = 1UL << 50;

    /// <summary>The destination sent the first packet.</summary>
    internal const ulong DestinationWasFirst = 1UL << 51;

    /// <summary>Where the <see cref="FlowInitiator"/> is, two bits: Local is the key's source.</summary>
    internal const int InitiatorShift = 48;

    internal FlowKey Key;

    /// <summary>
    /// Bytes and packets of each direction, in the order of <see cref="PacketRecord"/>'s: one addition of 64 bits adds
    /// both.
    /// </summary>
    internal fixed uint Counts[4];

    internal long LastSeen;

    /// <summary>Adds a packet, as nearly all are.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="way">0 from the key's source, 1 to it.</param>
    /// <returns>False, and nothing is added, where a count carries over or the packet is earlier than others.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryAdd(PacketRecord* packet, uint way)
    {
        // Bytes and packets are the halves of one number, here and in the packet.
        ref ulong both = ref Unsafe.Add(ref Unsafe.As<uint, ulong>(ref Counts[0]), way);
        ulong added = Unsafe.ReadUnaligned<ulong>(&packet->Bytes), sum = both + added;
        ulong carryIntoUpper = (both ^ added ^ sum) & (1UL << 32);
        long time = packet->UnixNanoseconds;
        if (carryIntoUpper != 0 || sum < added || time < LastSeen)
        {
            return false;
        }

        both = sum;
        LastSeen = time;
        return true;
    }

    /// <summary>Adds any packet; counts stop at their maximum.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="way">0 from the key's source, 1 to it.</param>
    /// <param name="rest">The rest of this entry.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void AddRarely(PacketRecord* packet, uint way, FlowEntryRest* rest)
    {
        AddSaturating(ref Counts[2 * way], ref rest->BytesHigh[way], packet->Bytes);
        AddSaturating(ref Counts[(2 * way) + 1], ref rest->PacketsHigh[way], packet->Packets);
        LastSeen = Math.Max(LastSeen, packet->UnixNanoseconds);
        rest->FirstSeen = Math.Min(rest->FirstSeen, packet->UnixNanoseconds);
    }

    /// <summary>Notes who opened the connection, as a packet that opens or answers shows it.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="way">0 from the key's source, 1 to it.</param>
    internal void SetInitiator(PacketRecord* packet, uint way)
    {
        bool answer = (packet->TcpFlags & PacketRecord.Ack) != 0;
        FlowInitiator initiator = (way == 0) != answer ? FlowInitiator.Local : FlowInitiator.Remote;
        ulong rest = (Key._rest & ~(3UL << InitiatorShift)) | ((ulong)initiator << InitiatorShift);
        Key = new FlowKey(Key._sourceHigh, Key._sourceLow, Key._destinationHigh, Key._destinationLow, rest);
    }

    private static void AddSaturating(ref uint low, ref uint high, uint added)
    {
        low += added;
        if (low < added && ++high == 0)
        {
            (high, low) = (uint.MaxValue, uint.MaxValue);
        }
    }
}
