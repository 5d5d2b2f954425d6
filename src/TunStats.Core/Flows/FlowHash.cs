using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TunStats.Interop;

namespace TunStats.Flows;

/// <summary>
/// Hashes keys with a secret per table, so that a sender of packets cannot choose flows that collide: NH of UMAC (RFC
/// 4418) over the ten 32-bit words of a key, then two mixing multiplications. Two keys chosen without the secret
/// collide in NH with probability 2^-32. It needs only SSE2, which every x86-64 processor has.
/// </summary>
internal readonly unsafe struct FlowHash
{
    private const int Words = 10;

    // Moves the words 1 and 3 to the places of 0 and 2, which the multiplication uses.
    private const byte OddWords = 0b11_11_01_01;

    private readonly Vector128<uint> _source;
    private readonly Vector128<uint> _destination;
    private readonly uint _low;
    private readonly uint _high;
    private readonly ulong _first;
    private readonly ulong _second;

    private FlowHash(ReadOnlySpan<uint> secret)
    {
        _source = Vector128.Create(secret);
        _destination = Vector128.Create(secret[4..]);
        _low = secret[8];
        _high = secret[9];
        ReadOnlySpan<ulong> factors = MemoryMarshal.Cast<uint, ulong>(secret[Words..]);
        _first = factors[0] | 1;
        _second = factors[1] | 1;
    }

    /// <summary>A hash with a random secret.</summary>
    internal static FlowHash Create()
    {
        uint* secret = stackalloc uint[Words + 4];
        SystemRandom.Fill(new Span<byte>(secret, (Words + 4) * sizeof(uint)));
        return new FlowHash(new ReadOnlySpan<uint>(secret, Words + 4));
    }

    /// <summary>The hash of the parts of a key.</summary>
    /// <param name="source">The source address, as two numbers of 64 bits.</param>
    /// <param name="destination">The destination address.</param>
    /// <param name="rest">Ports, protocol and family.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Of(Vector128<uint> source, Vector128<uint> destination, ulong rest)
    {
        Vector128<uint> s = source + _source, d = destination + _destination;
        ulong sum;
        if (Sse2.IsSupported)
        {
            Vector128<ulong> products = Sse2.Add(
                Sse2.Multiply(s, Sse2.Shuffle(s, OddWords)), Sse2.Multiply(d, Sse2.Shuffle(d, OddWords)));
            sum = products.ToScalar() + Sse2.UnpackHigh(products, products).ToScalar();
        }
        else
        {
            sum = SumOfProducts(s, d);
        }

        return Spread(sum + ((ulong)((uint)rest + _low) * ((uint)(rest >> 32) + _high)));
    }

    /// <summary>The same without SSE2.</summary>
    internal ulong OfWords(in FlowKey key)
    {
        Vector128<uint> source = Vector128.Create(key._sourceHigh, key._sourceLow).AsUInt32();
        Vector128<uint> destination = Vector128.Create(key._destinationHigh, key._destinationLow).AsUInt32();
        ulong sum = SumOfProducts(source + _source, destination + _destination);
        return Spread(sum + ((ulong)((uint)key._rest + _low) * ((uint)(key._rest >> 32) + _high)));
    }

    internal ulong Of(in FlowKey key) => Of(
        Vector128.Create(key._sourceHigh, key._sourceLow).AsUInt32(),
        Vector128.Create(key._destinationHigh, key._destinationLow).AsUInt32(),
        key._rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SumOfProducts(Vector128<uint> s, Vector128<uint> d) =>
        ((ulong)s[0] * s[1]) + ((ulong)s[2] * s[3]) + ((ulong)d[0] * d[1]) + ((ulong)d[2] * d[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Spread(ulong sum)
    {
        sum *= _first;
        sum = (sum ^ (sum >> 32)) * _second;
        return sum ^ (sum >> 32);
    }
}
