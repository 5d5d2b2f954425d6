using System;
using System.Runtime.CompilerServices;
using TunStats.Interop;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>
/// Hashes keys by folded 128-bit products under a secret of the table's own, so that whoever sends packets cannot
/// choose flows that collide.
/// </summary>
internal readonly struct FlowHash
{
    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;
    private readonly ulong _e;

    private FlowHash(ReadOnlySpan<byte> secret)
    {
        _a = BitConverter.ToUInt64(secret);
        _b = BitConverter.ToUInt64(secret[8..]);
        _c = BitConverter.ToUInt64(secret[16..]);
        _d = BitConverter.ToUInt64(secret[24..]);
        _e = BitConverter.ToUInt64(secret[32..]);
    }

    internal static FlowHash Create()
    {
        Span<byte> secret = stackalloc byte[40];
        SystemRandom.Fill(secret);
        return new FlowHash(secret);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Of(in FlowKey key)
    {
        ulong low = Fold(key._sourceLow ^ _a, key._destinationLow ^ _b);
        ulong high = Fold(key._sourceHigh ^ _c, key._destinationHigh ^ _d);
        return Fold(low ^ key._rest ^ _e, high ^ _b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
