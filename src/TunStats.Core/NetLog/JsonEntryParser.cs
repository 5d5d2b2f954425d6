using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TunStats.Flows;
using TunStats.Packets;

namespace TunStats.NetLog;

/// <summary>
/// Reads an entry as the writers of either schema lay it out: members in their order, no white space. Anything else is
/// left to the reader that takes all JSON, which also finds what is wrong.
/// </summary>
internal static unsafe class JsonEntryParser
{
    /// <summary>
    /// What is looked at, at most: seven members with their names, numbers of 24 and addresses of 64 bytes, in stores
    /// of 8.
    /// </summary>
    public const int Reach = 512;

    private const int LongestEnd = 64;

    /// <summary>Reads an entry; null where it is laid out otherwise. <see cref="Reach"/> bytes can be read.</summary>
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
    /// Reads a number of up to 19 digits; null where it is another one or what follows is no separator.
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

    /// <summary>The number that up to eight digits are, and how many there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Digits8(byte* at, out ulong value)
    {
        ulong bytes = *(ulong*)at;
        ulong digits = bytes ^ 0x3030_3030_3030_3030;

        // The top bit of each byte that is no digit.
        ulong others = (digits | ((digits & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
        int count = BitOperations.TrailingZeroCount(others) >> 3;

        // Digits go to the top, so that zeros are before them; a shift by 64 would be one by 0, so it is in two parts.
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
        byte* end = at;
        uint address = 0;
        bool valid = true;
        for (int i = 0; i < 4; i++)
        {
            // One to three digits, no leading zero, then a dot or, after the last, the colon.
            uint octet = end[0] - (uint)'0';
            uint second = end[1] - (uint)'0';
            valid &= octet <= 9;
            end++;
            if (second <= 9)
            {
                valid &= octet != 0;
                octet = (octet * 10) + second;
                end++;
                uint third = *end - (uint)'0';
                if (third <= 9)
                {
                    octet = (octet * 10) + third;
                    end++;
                }
            }

            valid &= octet <= 255 & *end == (i < 3 ? '.' : ':');
            end++;
            address = (address << 8) | octet;
        }

        int digits = Digits8(end, out ulong port);
        valid &= digits != 0 & port <= ushort.MaxValue & (digits == 1 | *end != '0');
        end += digits;
        if (valid && end[0] == '"' && (end[1] == ',' | end[1] == '}'))
        {
            endpoint = new AddrPort(IpAddr.FromIPv4(address), (ushort)port);
            return end + 1;
        }

        return OtherEndpoint(at, out endpoint);
    }

    private static byte* OtherEndpoint(byte* at, out AddrPort endpoint)
    {
        ReadOnlySpan<byte> text = new(at, LongestEnd);
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
