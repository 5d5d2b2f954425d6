using System.Runtime.InteropServices;

namespace TunStats.Flows;

/// <summary>
/// What a packet changes of a connection in a table: one cache line. Packets and bytes lie by direction; what exceeds
/// 32 bits is in <see cref="FlowEntryRest"/>. The key's spare bits hold the entry's state.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FlowEntry
{
    /// <summary>The key's own bits, and whether the direction of its packets is not known.</summary>
    internal const ulong KeyMask = Undirected | 0xffff_ffff_ffff;

    /// <summary>The direction of the packets is not known: the key's source is an arbitrary one of the ends.</summary>
    internal const ulong Undirected = 1UL << 50;

    /// <summary>The destination was the first to send.</summary>
    internal const ulong DestinationWasFirst = 1UL << 51;

    /// <summary>Where the <see cref="FlowInitiator"/> is, two bits: Local is the key's source.</summary>
    internal const int InitiatorShift = 48;

    internal FlowKey Key;
    internal fixed uint Packets[2];
    internal fixed uint Bytes[2];
    internal long LastSeen;
}
