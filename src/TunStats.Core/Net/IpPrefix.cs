using System;
using System.Globalization;

namespace TunStats.Net;

/// <summary>
/// A network prefix: an address and its number of leading bits. As in Go's netip.Prefix, the address stays as it was
/// given (<c>192.168.1.1/24</c>) until it is masked, an IPv4 prefix does not contain IPv4-mapped addresses, and no
/// prefix contains an address with a zone.
/// </summary>
public readonly record struct IpPrefix : IComparable<IpPrefix>
{
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly IpFamily _family;
    private readonly byte _length;

    /// <summary>A prefix.</summary>
    /// <param name="address">An address; its zone is dropped.</param>
    /// <param name="length">Number of leading bits, 0 to 32 or 128.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length does not fit the family.</exception>
    /// <exception cref="ArgumentException">There is no address.</exception>
    public IpPrefix(IpAddr address, int length)
    {
        if (!address.IsValid)
        {
            throw new ArgumentException("A prefix needs an address.", nameof(address));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.BitLength);
        _high = address.High;
        _low = address.Low;
        _family = address.Family;
        _length = (byte)length;
    }

    /// <summary>The address as it was given.</summary>
    public IpAddr Address => new(_family, _high, _low);

    /// <summary>The number of leading bits.</summary>
    public int Length => _length;

    /// <summary>IPv4, IPv6, or none for the default value.</summary>
    public IpFamily Family => _family;

    /// <summary>Whether there is a prefix.</summary>
    public bool IsValid => _family != IpFamily.None;

    /// <summary>Whether it holds one address only.</summary>
    public bool IsSingleAddress => IsValid && _length == Address.BitLength;

    /// <summary>0.0.0.0/0 or ::/0, exactly: the routes that an exit node advertises.</summary>
    public bool IsExitRoute => IsValid && _length == 0 && (_high | _low) == 0;

    /// <summary>The prefix with its host bits set to zero.</summary>
    public IpPrefix Masked()
    {
        if (_family == IpFamily.IPv4)
        {
            uint mask = _length == 0 ? 0 : uint.MaxValue << (32 - _length);
            return new IpPrefix(IpAddr.FromIPv4((uint)_low & mask), _length);
        }

        return IsValid
            ? new IpPrefix(IpAddr.FromIPv6(_high & Mask(_length), _low & Mask(_length - 64)), _length)
            : this;
    }

    /// <summary>The prefix that holds one address only.</summary>
    public static IpPrefix FromAddress(IpAddr address) => new(address, address.BitLength);

    /// <summary>Whether the address is in it.</summary>
    public bool Contains(IpAddr address)
    {
        if (address.Family != _family || address.ZoneOrNull is not null)
        {
            return false;
        }

        return _family switch
        {
            IpFamily.IPv4 => _length == 0 || ((address.Low ^ _low) >> (32 - _length)) == 0,
            IpFamily.IPv6 => ((address.High ^ _high) & Mask(_length)) == 0
                && ((address.Low ^ _low) & Mask(_length - 64)) == 0,
            _ => false,
        };
    }

    /// <summary>Whether every address of the other prefix is in it.</summary>
    public bool Contains(IpPrefix other) => other._length >= _length && Contains(other.Address);

    /// <summary>Reads <c>address/length</c>.</summary>
    /// <exception cref="FormatException">The text is not valid; the message says which text and why.</exception>
    public static IpPrefix Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out IpPrefix prefix, out IpParseError error)
            ? prefix
            : throw new FormatException($"'{text}' is not a valid prefix: {error.Describe()}.");
    }

    /// <summary>Reads <c>address/length</c>; false if the text is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix) => TryParse(text, out prefix, out _);

    /// <summary>Reads <c>address/length</c>; false with the reason where it is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix, out IpParseError error)
    {
        prefix = default;
        int slash = text.LastIndexOf('/');
        if (slash < 0)
        {
            error = text.IsEmpty ? IpParseError.Empty : IpParseError.LengthMissing;
            return false;
        }

        if (!IpAddr.TryParse(text[..slash], out IpAddr address, out error))
        {
            return false;
        }

        ReadOnlySpan<char> digits = text[(slash + 1)..];
        bool plain = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && (digits.Length == 1 || digits[0] != '0');
        error = address.ZoneOrNull is not null ? IpParseError.ZoneNotAllowed
            : !plain ? LengthError(digits)
            : length > address.BitLength ? IpParseError.LengthTooLarge
            : IpParseError.None;
        prefix = error == IpParseError.None ? new IpPrefix(address, length) : default;
        return error == IpParseError.None;
    }

    /// <summary>Reads <c>address/length</c>, or an address alone as the prefix that holds only it.</summary>
    public static bool TryParsePrefixOrAddress(ReadOnlySpan<char> text, out IpPrefix prefix, out IpParseError error)
    {
        if (text.Contains('/'))
        {
            return TryParse(text, out prefix, out error);
        }

        bool parsed = IpAddr.TryParse(text, out IpAddr address, out error);
        if (parsed && address.ZoneOrNull is not null)
        {
            error = IpParseError.ZoneNotAllowed;
            parsed = false;
        }

        prefix = parsed ? FromAddress(address) : default;
        return parsed;
    }

    /// <summary><c>address/length</c>; empty for the default value.</summary>
    public override string ToString() =>
        IsValid ? string.Create(CultureInfo.InvariantCulture, $"{Address}/{_length}") : string.Empty;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low, _family, _length);

    /// <summary>Order: family, masked address, length, then the address as it was given.</summary>
    public int CompareTo(IpPrefix other)
    {
        int order = Masked().Address.CompareTo(other.Masked().Address);
        order = order != 0 ? order : _length.CompareTo(other._length);
        return order != 0 ? order : Address.CompareTo(other.Address);
    }

    /// <summary>The upper bits of a 64-bit word; .NET would shift by 0 instead of 64.</summary>
    private static ulong Mask(int bits) => bits <= 0 ? 0 : bits >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - bits);

    /// <summary>Whether the number is too large, or not a number at all.</summary>
    private static IpParseError LengthError(ReadOnlySpan<char> digits) =>
        digits.IsEmpty || digits[0] == '0' || digits.ContainsAnyExceptInRange('0', '9')
            ? IpParseError.LengthInvalid
            : IpParseError.LengthTooLarge;
}
