using System.Numerics;
using System.Runtime.CompilerServices;

namespace TunStats.NetLog;

/// <summary>
/// Decimal digits by arithmetic on eight bytes at once: no branch depends on the number of digits, because branch
/// prediction fails for it.
/// </summary>
internal static unsafe class JsonDigits
{
    private const uint TenToThe8 = 100_000_000;
    private const ulong Zeros = 0x3030_3030_3030_3030;

    /// <summary>Writes a number; up to 8 bytes after its last digit may be overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Write(byte* at, ulong value) =>
        value < TenToThe8 ? Write8(at, (uint)value) : WriteLong(at, value);

    private static byte* WriteLong(byte* at, ulong value)
    {
        ulong upper = value / TenToThe8;
        at = Write(at, upper);
        *(ulong*)at = Digits8((uint)(value - (upper * TenToThe8))) | Zeros;
        return at + 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Write8(byte* at, uint value)
    {
        ulong digits = Digits8(value);

        // The first digit is in the lowest byte. The top bit keeps the last digit of 0.
        int leading = BitOperations.TrailingZeroCount(digits | 0x8000_0000_0000_0000) & ~7;
        *(ulong*)at = (digits | Zeros) >> leading;
        return at + 8 - (leading >> 3);
    }

    /// <summary>Eight digits of a number below 10^8, a byte each, the first in the lowest byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Digits8(uint value)
    {
        // Halves of four digits, then pairs, then digits; a division by 100 or 10 is a multiplication and a shift.
        ulong upper = value / 10_000;
        ulong fours = upper | ((value - (upper * 10_000)) << 32);
        ulong hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
        ulong pairs = hundreds | ((fours - (hundreds * 100)) << 16);
        ulong tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
        return tens | ((pairs - (tens * 10)) << 8);
    }
}
