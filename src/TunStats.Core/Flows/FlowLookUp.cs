using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TunStats.Flows;

/// <summary>The look-up state of a packet in a batch.</summary>
internal unsafe struct FlowLookUp
{
    internal ulong Hash;

    /// <summary>The last part of the entry's key: ports, protocol, family, a bit for an unknown direction.</summary>
    internal ulong Rest;

    /// <summary>The entry of the first slot with the key's tag; before the first entry if no slot has it.</summary>
    internal FlowEntry* Entry;

    /// <summary>The slot where the search ended.</summary>
    internal uint At;

    /// <summary>1 if the packet's source is the destination of the entry's key, else 0.</summary>
    internal uint Swap;

    /// <summary>Whether the packet belongs to an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool IsOf(FlowEntry* entry, PacketRecord* packet)
    {
        byte* own = (byte*)entry, source = (byte*)packet + (16 * Swap), destination = (byte*)packet + 16 - (16 * Swap);
        Vector128<byte> differences = (Vector128.Load(own) ^ Vector128.Load(source))
            | (Vector128.Load(own + 16) ^ Vector128.Load(destination));
        return differences == Vector128<byte>.Zero && ((((ulong*)own)[4] ^ Rest) & FlowEntry.KeyMask) == 0;
    }
}
