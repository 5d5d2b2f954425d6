using System;
using System.Text;

namespace TunStats.Net;

/// <summary>
/// Reads addresses by the rules of Go's net/netip, which rejects some texts that inet_aton(3) accepts.
/// </summary>
internal static class IpAddrParser
{
    /// <summary>Longer than any address without its zone; longer texts are rejected by their first bytes.</summary>
    private const int ScratchLength = 64;

    public static bool TryParse(ReadOnlySpan<char> text, out IpAddr address, out IpParseError error)
    {
        int percent = text.IndexOf('%');
        ReadOnlySpan<char> bare = percent < 0 ? text : text[..percent];
        Span<byte> scratch = stackalloc byte[ScratchLength];
        int length = Math.Min(bare.Length, ScratchLength);
        for (int i = 0; i < length; i++)
        {
            // A character outside ASCII is replaced by one that no address has.
            scratch[i] = bare[i] < 0x80 ? (byte)bare[i] : (byte)'?';
        }

        error = ParseBare(scratch[..length], percent >= 0, out address);
        if (error == IpParseError.None && percent >= 0)
        {
            error = percent + 1 == text.Length ? IpParseError.ZoneEmpty : IpParseError.None;
            address = error == IpParseError.None ? address.WithZone(text[(percent + 1)..].ToString()) : default;
        }

        return error == IpParseError.None;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out IpAddr address, out IpParseError error)
    {
        int percent = text.IndexOf((byte)'%');
        error = ParseBare(percent < 0 ? text : text[..percent], percent >= 0, out address);
        if (error == IpParseError.None && percent >= 0)
        {
            error = percent + 1 == text.Length ? IpParseError.ZoneEmpty : IpParseError.None;
            address = error == IpParseError.None
                ? address.WithZone(Encoding.UTF8.GetString(text[(percent + 1)..]))
                : default;
        }

        return error == IpParseError.None;
    }

    private static IpParseError ParseBare(ReadOnlySpan<byte> text, bool zoned, out IpAddr address)
    {
        address = default;
        int mark = text.IndexOfAny((byte)'.', (byte)':');
        if (mark < 0)
        {
            return text.IsEmpty && !zoned ? IpParseError.Empty : IpParseError.NotAnAddress;
        }

        if (text[mark] == '.')
        {
            IpParseError error = ParseIPv4(text, out uint value);
            if (error == IpParseError.None && zoned)
            {
                error = IpParseError.ZoneNotAllowed;
            }

            address = error == IpParseError.None ? IpAddr.FromIPv4(value) : default;
            return error;
        }

        return ParseIPv6(text, out address);
    }

    /// <summary>Exactly four decimal octets, none with a leading zero.</summary>
    internal static IpParseError ParseIPv4(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        uint octet = 0;
        int digits = 0;
        int octets = 0;
        foreach (byte c in text)
        {
            uint digit = (uint)(c - '0');
            if (digit <= 9)
            {
                if (digits > 0 && octet == 0)
                {
                    return IpParseError.OctetLeadingZero;
                }

                octet = (octet * 10) + digit;
                digits++;
                if (octet > 255)
                {
                    return IpParseError.OctetTooLarge;
                }
            }
            else if (c == '.')
            {
                if (digits == 0)
                {
                    return IpParseError.OctetMissing;
                }

                if (++octets == 4)
                {
                    return IpParseError.TooManyOctets;
                }

                value = (value << 8) | octet;
                octet = 0;
                digits = 0;
            }
            else
            {
                return IpParseError.UnexpectedCharacter;
            }
        }

        if (digits == 0)
        {
            return IpParseError.OctetMissing;
        }

        value = (value << 8) | octet;
        return octets == 3 ? IpParseError.None : IpParseError.TooFewOctets;
    }

    private static IpParseError ParseIPv6(ReadOnlySpan<byte> text, out IpAddr address)
    {
        address = default;
        Span<ushort> groups = stackalloc ushort[8];
        groups.Clear();
        int count = 0;
        int ellipsis = -1;
        int at = 0;
        if (text.StartsWith("::"u8))
        {
            ellipsis = 0;
            at = 2;
        }

        while (at < text.Length && count < 8)
        {
            uint group = 0;
            int start = at;
            for (; at < text.Length && HexDigit(text[at]) is int digit and >= 0; at++)
            {
                if (at - start == 4)
                {
                    return IpParseError.GroupTooLong;
                }

                group = (group << 4) | (uint)digit;
            }

            if (at < text.Length && text[at] == '.')
            {
                if ((ellipsis < 0 && count != 6) || count > 6)
                {
                    return IpParseError.EmbeddedIPv4Misplaced;
                }

                IpParseError error = ParseIPv4(text[start..], out uint tail);
                if (error != IpParseError.None)
                {
                    return error;
                }

                groups[count++] = (ushort)(tail >> 16);
                groups[count++] = (ushort)tail;
                at = text.Length;
                break;
            }

            if (at == start)
            {
                return text[at] == ':' ? IpParseError.GroupMissing : IpParseError.UnexpectedCharacter;
            }

            groups[count++] = (ushort)group;
            if (at == text.Length)
            {
                break;
            }

            if (text[at] != ':')
            {
                return IpParseError.UnexpectedCharacter;
            }

            if (++at == text.Length)
            {
                return IpParseError.GroupMissing;
            }

            if (text[at] == ':')
            {
                if (ellipsis >= 0)
                {
                    return IpParseError.SecondEllipsis;
                }

                ellipsis = count;
                at++;
            }
        }

        if (at != text.Length)
        {
            return IpParseError.TooManyGroups;
        }

        if (count == 8 ? ellipsis >= 0 : ellipsis < 0)
        {
            return count == 8 ? IpParseError.EllipsisForNothing : IpParseError.TooFewGroups;
        }

        if (ellipsis >= 0)
        {
            // The groups after the "::" move to the end.
            int tail = count - ellipsis;
            groups.Slice(ellipsis, tail).CopyTo(groups[(8 - tail)..]);
            groups[ellipsis..(8 - tail)].Clear();
        }

        address = IpAddr.FromIPv6(Join(groups), Join(groups[4..]));
        return IpParseError.None;
    }

    private static ulong Join(ReadOnlySpan<ushort> groups) =>
        ((ulong)groups[0] << 48) | ((ulong)groups[1] << 32) | ((ulong)groups[2] << 16) | groups[3];

    private static int HexDigit(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => -1,
    };
}
