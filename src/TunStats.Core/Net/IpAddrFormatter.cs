using System;
using System.Text;

namespace TunStats.Net;

/// <summary>Writes addresses and endpoints as Go's net/netip does.</summary>
internal static class IpAddrFormatter
{
    /// <summary>
    /// Room for any address without a zone, written in 32-bit stores, and for ports and brackets.
    /// </summary>
    internal const int ScratchLength = 56;

    private static ReadOnlySpan<byte> HexDigits => "0123456789abcdef"u8;

    public static string ToString(in IpAddr address)
    {
        Span<byte> scratch = stackalloc byte[ScratchLength];
        int length = WriteBare(address, scratch);
        string bare = Encoding.ASCII.GetString(scratch[..length]);
        return address.ZoneOrNull is null ? bare : $"{bare}%{address.ZoneOrNull}";
    }

    public static bool TryFormat(in IpAddr address, Span<char> destination, out int written)
    {
        Span<byte> scratch = stackalloc byte[ScratchLength];
        int length = WriteBare(address, scratch);
        string? zone = address.ZoneOrNull;
        int total = length + (zone is null ? 0 : zone.Length + 1);
        if (total > destination.Length)
        {
            written = 0;
            return false;
        }

        Encoding.ASCII.GetChars(scratch[..length], destination);
        if (zone is not null)
        {
            destination[length] = '%';
            zone.CopyTo(destination[(length + 1)..]);
        }

        written = total;
        return true;
    }

    public static bool TryFormat(in IpAddr address, Span<byte> destination, out int written)
    {
        Span<byte> scratch = stackalloc byte[ScratchLength];
        int length = WriteBare(address, scratch);
        written = 0;
        if (length > destination.Length)
        {
            return false;
        }

        scratch[..length].CopyTo(destination);
        if (address.ZoneOrNull is string zone)
        {
            if (length == destination.Length)
            {
                return false;
            }

            destination[length++] = (byte)'%';
            if (!Encoding.UTF8.TryGetBytes(zone, destination[length..], out int zoneLength))
            {
                return false;
            }

            length += zoneLength;
        }

        written = length;
        return true;
    }

    /// <summary>Writes the address without its zone; the destination holds <see cref="ScratchLength"/> bytes.</summary>
    internal static int WriteBare(in IpAddr address, Span<byte> destination) => address.Family switch
    {
        IpFamily.IPv4 => WriteIPv4((uint)address.Low, destination),
        IpFamily.IPv6 => WriteIPv6(address, destination),
        _ => 0,
    };

    internal static int WriteIPv4(uint value, Span<byte> destination)
    {
        int at = WriteOctet(value >> 24, destination);
        destination[at++] = (byte)'.';
        at += WriteOctet((value >> 16) & 0xff, destination[at..]);
        destination[at++] = (byte)'.';
        at += WriteOctet((value >> 8) & 0xff, destination[at..]);
        destination[at++] = (byte)'.';
        return at + WriteOctet(value & 0xff, destination[at..]);
    }

    private static int WriteOctet(uint value, Span<byte> destination)
    {
        if (value >= 100)
        {
            destination[2] = (byte)('0' + (value % 10));
            destination[1] = (byte)('0' + (value / 10 % 10));
            destination[0] = (byte)('0' + (value / 100));
            return 3;
        }

        if (value >= 10)
        {
            destination[1] = (byte)('0' + (value % 10));
            destination[0] = (byte)('0' + (value / 10));
            return 2;
        }

        destination[0] = (byte)('0' + value);
        return 1;
    }

    private static int WriteIPv6(in IpAddr address, Span<byte> destination)
    {
        if (address.Is4In6)
        {
            "::ffff:"u8.CopyTo(destination);
            return 7 + WriteIPv4((uint)address.Low, destination[7..]);
        }

        // RFC 5952: the longest run of two or more zero groups, the first of equal length, becomes "::".
        int runStart = -1;
        int runLength = 1;
        for (int i = 0; i < 8; i++)
        {
            int end = i;
            while (end < 8 && Group(address, end) == 0)
            {
                end++;
            }

            if (end - i > runLength)
            {
                runStart = i;
                runLength = end - i;
            }

            i = Math.Max(i, end);
        }

        int at = 0;
        for (int i = 0; i < 8; i++)
        {
            if (i == runStart)
            {
                destination[at++] = (byte)':';
                destination[at++] = (byte)':';
                i += runLength - 1;
                continue;
            }

            if (i > 0 && i != runStart + runLength)
            {
                destination[at++] = (byte)':';
            }

            at += WriteGroup(Group(address, i), destination[at..]);
        }

        return at;
    }

    private static uint Group(in IpAddr address, int index) =>
        (uint)((index < 4 ? address.High : address.Low) >> (48 - ((index & 3) * 16))) & 0xffff;

    private static int WriteGroup(uint group, Span<byte> destination)
    {
        int digits = group >= 0x1000 ? 4 : group >= 0x100 ? 3 : group >= 0x10 ? 2 : 1;
        for (int i = digits - 1; i >= 0; i--)
        {
            destination[i] = HexDigits[(int)(group & 0xf)];
            group >>= 4;
        }

        return digits;
    }
}
