using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Reads an entry in the layout of the writers of either schema: members in order, no white space. Anything else is
/// left to the general JSON reader, which also reports errors.
/// </summary>
internal static unsafe class JsonEntryParser
{
    /// <summary>
    /// The maximum number of bytes read: seven members with their names, numbers of 24 and addresses of 64 bytes, in
    /// loads of 8.
    /// </summary>
    public const int Reach = 512;

    private const int MaxEndLength = 64;

    /// <summary>Reads an entry; null for other layouts. <see cref="Reach"/> bytes can be read.</summary>
    public static byte* TryRead(byte* at, ref ConnectionCounts entry)
    {
        if (*at != '{')
        {
            return null;
        }

        ulong proto = 0, txPackets = 0, txBytes = 0, rxPackets = 0, rxBytes = 0;
        AddrPort source = default, destination = default;
        if (Begins(at + 1, "\"proto\":"u8) && (at = Number(at + 9, out proto)) == null)
        {
            return null;
        }

        if (Begins(at + 1, "\"src\":\""u8) && (at = Endpoint(at + 8, out source)) == null)
        {
            return null;
        }

        if (Begins(at + 1, "\"dst\":\""u8) && (at = Endpoint(at + 8, out destination)) == null)
        {
            return null;
        }

        if (Begins(at + 1, "\"txPkts\":"u8) && (at = Number(at + 10, out txPackets)) == null)
        {
            return null;
        }

        if (Begins(at + 1, "\"txBytes\":"u8) && (at = Number(at + 11, out txBytes)) == null)
        {
            return null;
        }

        if (Begins(at + 1, "\"rxPkts\":"u8) && (at = Number(at + 10, out rxPackets)) == null)
        {
            return null;
        }

        if (Begins(at + 1, "\"rxBytes\":"u8) && (at = Number(at + 11, out rxBytes)) == null)
        {
            return null;
        }

        // After a member the next byte is a comma or the brace; before the first member it is the opening brace.
        if (*at == '{')
        {
            at++;
        }

        if (*at != '}' || proto > byte.MaxValue)
        {
            return null;
        }

        entry = new ConnectionCounts(
            (byte)proto, source, destination, new FlowCounts(txPackets, txBytes, rxPackets, rxBytes));
        return at + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Begins(byte* at, ReadOnlySpan<byte> text)
    {
        // The separator before the name: the brace, or the comma after a member.
        ref byte want = ref MemoryMarshal.GetReference(text);
        return at[-1] != '}'
            && *(uint*)at == Unsafe.ReadUnaligned<uint>(ref want)
            && *(uint*)(at + text.Length - 4) == Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref want, text.Length - 4))
            && *(uint*)(at + ((text.Length - 4) / 2))
                == Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref want, (text.Length - 4) / 2));
    }

    /// <summary>
    /// Reads a number of up to 19 digits; null for other numbers or if no separator follows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Number(byte* at, out ulong value)
    {
        int digits = Digits8(at, out value);
        if (digits == 8)
        {
            return LongNumber(at, out value);
        }

        bool plain = digits != 0 & (digits == 1 | *at != '0');
        at += digits;
        return plain & (*at == ',' | *at == '}') ? at : null;
    }

    private static byte* LongNumber(byte* at, out ulong value)
    {
        value = 0;
        int count = 0;
        byte* first = at;
        for (; *at - (uint)'0' <= 9; at++)
        {
            if (++count > 19)
            {
                return null;
            }

            value = (value * 10) + *at - '0';
        }

        return *first != '0' && (*at == ',' || *at == '}') ? at : null;
    }

    /// <summary>The value and the number of up to eight digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Digits8(byte* at, out ulong value)
    {
        ulong bytes = *(ulong*)at;
        ulong digits = bytes ^ 0x3030_3030_3030_3030;

        // The top bit of each byte that is not a digit.
        ulong others = (digits | ((digits & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
        int count = BitOperations.TrailingZeroCount(others) >> 3;

        // Shift the digits up, so that zeros precede them; in two parts, because .NET shifts by 0 instead of 64.
        digits = digits << (((8 - count) * 8) >> 1) << (((8 - count) * 8) >> 1);
        digits = (digits * 10) + (digits >> 8);
        value = (((digits & 0x0000_00ff_0000_00ff) * 0x000f_4240_0000_0064)
            + (((digits >> 16) & 0x0000_00ff_0000_00ff) * 0x0000_2710_0000_0001)) >> 32;
        return count;
    }

    /// <summary>Reads an address with its port up to the quote and the separator after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Endpoint(byte* at, out AddrPort endpoint)
    {
        // The positions of the first four non-digits: the dots and the colon. No branch depends on them, because branch
        // prediction fails for the number of digits of an octet.
        Vector128<byte> text = Vector128.Load(at) - Vector128.Create((byte)'0');
        uint others = Vector128.GreaterThan(text, Vector128.Create((byte)9)).ExtractMostSignificantBits();
        int first = BitOperations.TrailingZeroCount(others);
        others &= others - 1;
        int second = BitOperations.TrailingZeroCount(others);
        others &= others - 1;
        int third = BitOperations.TrailingZeroCount(others);
        others &= others - 1;
        int fourth = BitOperations.TrailingZeroCount(others);
        uint wrong = 0;
        uint address = (Octet(at + first, first, '.', ref wrong) << 24)
            | (Octet(at + second, second - first - 1, '.', ref wrong) << 16)
            | (Octet(at + third, third - second - 1, '.', ref wrong) << 8)
            | Octet(at + fourth, fourth - third - 1, ':', ref wrong);
        byte* end = at + fourth + 1;
        int digits = Digits8(end, out ulong port);
        wrong |= Bit(port > ushort.MaxValue) | Bit(digits == 0) | (Bit(digits > 1) & Bit(*end == '0'));
        end += digits;
        if (wrong == 0 && end[0] == '"' && (end[1] == ',' | end[1] == '}'))
        {
            endpoint = new AddrPort(IpAddr.FromIPv4(address), (ushort)port);
            return end + 1;
        }

        return OtherEndpoint(at, out endpoint);
    }

    /// <summary>The octet of one to three digits, without a leading zero, before a separator.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Octet(byte* separator, int length, char wanted, ref uint wrong)
    {
        uint bytes = *(uint*)(separator - 3);
        uint digits = (bytes ^ 0x30_3030) & (0x00ff_ffffu << ((3 - length) * 8)) & 0x00ff_ffff;
        uint value = ((digits & 0xff) * 100) + (((digits >> 8) & 0xff) * 10) + (digits >> 16);

        // The smallest values of one, two and three digits: 0, 10 and 100.
        uint least = (0x64_0a00u >> ((length - 1) * 8)) & 0xff;
        wrong |= Bit((uint)(length - 1) > 2) | Bit(value > 255) | Bit(value < least) | ((bytes >> 24) ^ wanted);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bit(bool condition) => condition ? 1u : 0;

    private static byte* OtherEndpoint(byte* at, out AddrPort endpoint)
    {
        ReadOnlySpan<byte> text = new(at, MaxEndLength);
        int length = text.IndexOfAny((byte)'"', (byte)'\\');
        endpoint = default;
        bool plain = length >= 0 && text[length] == '"' && !text[..length].ContainsAnyInRange((byte)0, (byte)0x1f);
        if (!plain || !AddrPort.TryParse(text[..length], out endpoint, out _))
        {
            return null;
        }

        at += length + 1;
        return *at == ',' || *at == '}' ? at : null;
    }
}
