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
}
