using System;
using System.Buffers.Binary;

namespace TunStats.Metrics;

/// <summary>
/// Compresses text to gzip (RFC 1952): deflate (RFC 1951) with its fixed codes, and the most recent occurrence of four
/// bytes as the only candidate for a match. Metrics repeat their lines, so the result is nearly as small as zlib's, and
/// the native program needs no zlib.
/// </summary>
internal static class GzipText
{
    private const int HashBits = 14;
    private const int Window = 32 * 1024;
    private const int MinMatch = 4;
    private const int MaxMatch = 258;
    private const int EndOfBlock = 256;
    private const int FirstLength = 257;
    private const uint HashFactor = 2654435761;
    private const uint CrcPolynomial = 0xEDB88320;

    private static readonly uint[] CrcTable = BuildCrcTable();

    private static ReadOnlySpan<byte> Header => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

    /// <summary>Compresses a text as one gzip member.</summary>
    internal static byte[] Compress(ReadOnlySpan<byte> text)
    {
        var bits = new DeflateBits(text.Length);
        Deflate(text, bits);
        ReadOnlySpan<byte> body = bits.Finish();
        byte[] result = new byte[Header.Length + body.Length + 8];
        Header.CopyTo(result);
        body.CopyTo(result.AsSpan(Header.Length));
        Span<byte> trailer = result.AsSpan(Header.Length + body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc(text));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)text.Length);
        return result;
    }

    private static void Deflate(ReadOnlySpan<byte> text, DeflateBits bits)
    {
        // A single final block with fixed codes.
        bits.Append(1, 1);
        bits.Append(1, 2);
        int[] latest = new int[1 << HashBits];
        Array.Fill(latest, -Window - 1);
        int at = 0;
        while (at < text.Length)
        {
            int length = 0, from = 0;
            if (at + MinMatch <= text.Length)
            {
                uint four = BinaryPrimitives.ReadUInt32LittleEndian(text[at..]);
                ref int slot = ref latest[(four * HashFactor) >> (32 - HashBits)];
                (from, slot) = (slot, at);
                if (at - from <= Window)
                {
                    int most = Math.Min(MaxMatch, text.Length - at);
                    length = text.Slice(from, most).CommonPrefixLength(text.Slice(at, most));
                }
            }

            if (length >= MinMatch)
            {
                AppendMatch(bits, length, at - from);
                at += length;
            }
            else
            {
                AppendSymbol(bits, text[at++]);
            }
        }

        AppendSymbol(bits, EndOfBlock);
    }

    private static void AppendSymbol(DeflateBits bits, int symbol)
    {
        switch (symbol)
        {
            case < 144:
                bits.AppendCode((uint)(0x30 + symbol), 8);
                break;
            case < EndOfBlock:
                bits.AppendCode((uint)(0x190 + symbol - 144), 9);
                break;
            case < 280:
                bits.AppendCode((uint)(symbol - EndOfBlock), 7);
                break;
            default:
                bits.AppendCode((uint)(0xC0 + symbol - 280), 8);
                break;
        }
    }

    private static void AppendMatch(DeflateBits bits, int length, int distance)
    {
        if (length == MaxMatch)
        {
            AppendSymbol(bits, 285);
        }
        else
        {
            (int symbol, int extraBits, int extra) = Split(length - 3, stepBits: 2);
            AppendSymbol(bits, FirstLength + symbol);
            bits.Append((uint)extra, extraBits);
        }

        (int code, int moreBits, int more) = Split(distance - 1, stepBits: 1);
        bits.AppendCode((uint)code, 5);
        bits.Append((uint)more, moreBits);
    }

    /// <summary>
    /// Lengths and distances are coded alike: the highest bits of a number select the symbol, the rest are extra bits.
    /// </summary>
    private static (int Symbol, int ExtraBits, int Extra) Split(int value, int stepBits)
    {
        int steps = 1 << stepBits;
        if (value < steps * 2)
        {
            return (value, 0, 0);
        }

        int extraBits = 31 - System.Numerics.BitOperations.LeadingZeroCount((uint)value) - stepBits;
        int symbol = (steps * extraBits) + (value >> extraBits);
        return (symbol, extraBits, value & ((1 << extraBits) - 1));
    }

    private static uint Crc(ReadOnlySpan<byte> text)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in text)
        {
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] BuildCrcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? CrcPolynomial ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
