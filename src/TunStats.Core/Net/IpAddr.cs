using System;
using System.Buffers.Binary;

namespace TunStats.Net;

/// <summary>
/// An IPv4 or IPv6 address, with an optional zone for IPv6, or no address. Parsing, text and order follow Go's
/// net/netip: <c>010.1.2.3</c> and <c>127.1</c> are refused, <c>::102:304</c> is not written with a dotted tail, and an
/// IPv4-mapped address (<c>::ffff:1.2.3.4</c>) is IPv6 and not equal to the IPv4 address in it.
/// </summary>
public readonly record struct IpAddr : IComparable<IpAddr>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The longest text without a zone, in characters.</summary>
    public const int MaxTextLength = 39;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly string? _zone;
    private readonly IpFamily _family;

    internal IpAddr(IpFamily family, ulong high, ulong low, string? zone = null)
    {
        _high = high;
        _low = low;
        _zone = zone;
        _family = family;
    }

    /// <summary>The address from the 16 bytes of an IPv6 address or the 4 bytes of an IPv4 address.</summary>
    /// <exception cref="ArgumentException">The length is neither 4 nor 16.</exception>
    public IpAddr(ReadOnlySpan<byte> networkOrder)
    {
        switch (networkOrder.Length)
        {
            case 4:
                _low = BinaryPrimitives.ReadUInt32BigEndian(networkOrder);
                _family = IpFamily.IPv4;
                break;
            case 16:
                _high = BinaryPrimitives.ReadUInt64BigEndian(networkOrder);
                _low = BinaryPrimitives.ReadUInt64BigEndian(networkOrder[8..]);
                _family = IpFamily.IPv6;
                break;
            default:
                throw new ArgumentException(
                    $"An address has 4 or 16 bytes, not {networkOrder.Length}.", nameof(networkOrder));
        }
    }

    /// <summary>The family; <see cref="IpFamily.None"/> for the default value.</summary>
    public IpFamily Family => _family;

    /// <summary>Whether there is an address.</summary>
    public bool IsValid => _family != IpFamily.None;

    /// <summary>IPv4; false for an IPv4-mapped IPv6 address.</summary>
    public bool Is4 => _family == IpFamily.IPv4;

    /// <summary>IPv6, IPv4-mapped included.</summary>
    public bool Is6 => _family == IpFamily.IPv6;

    /// <summary>IPv4-mapped IPv6: ::ffff:a.b.c.d.</summary>
    public bool Is4In6 => _family == IpFamily.IPv6 && _high == 0 && _low >> 32 == 0xffff;

    /// <summary>The scope zone of an IPv6 address (an interface name or index); empty if there is none.</summary>
    public string Zone => _zone ?? string.Empty;

    /// <summary>Bits of the address: 32, 128, or 0 if there is none.</summary>
    public int BitLength => _family switch { IpFamily.IPv4 => 32, IpFamily.IPv6 => 128, _ => 0 };

    /// <summary>The upper 64 bits of an IPv6 address in host order; 0 for IPv4.</summary>
    public ulong High => _high;

    /// <summary>The lower 64 bits of an IPv6 address, or the 32 bits of an IPv4 address, in host order.</summary>
    public ulong Low => _low;

    internal string? ZoneOrNull => _zone;

    /// <summary>The IPv4 address of a number in host order: 0x7f000001 is 127.0.0.1.</summary>
    public static IpAddr FromIPv4(uint address) => new(IpFamily.IPv4, 0, address);

    /// <summary>The IPv6 address of two numbers in host order.</summary>
    public static IpAddr FromIPv6(ulong high, ulong low) => new(IpFamily.IPv6, high, low);

    /// <summary>The same address with another zone; null or empty removes the zone.</summary>
    /// <exception cref="InvalidOperationException">The address is not IPv6 and the zone is not empty.</exception>
    public IpAddr WithZone(string? zone)
    {
        if (string.IsNullOrEmpty(zone))
        {
            return new IpAddr(_family, _high, _low);
        }

        return Is6
            ? new IpAddr(_family, _high, _low, zone)
            : throw new InvalidOperationException("Only an IPv6 address can have a zone.");
    }

    /// <summary>The same address without its zone.</summary>
    public IpAddr WithoutZone() => new(_family, _high, _low);

    /// <summary>The IPv4 address in an IPv4-mapped one (without its zone); other addresses unchanged.</summary>
    public IpAddr Unmap() => Is4In6 ? FromIPv4((uint)_low) : this;

    /// <summary>Writes the 4 or 16 bytes in network order and returns how many; 0 if there is no address.</summary>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public int WriteBytes(Span<byte> destination)
    {
        int length = BitLength / 8;
        if (destination.Length < length)
        {
            throw new ArgumentException($"The address needs {length} bytes.", nameof(destination));
        }

        if (Is4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
        }
        else if (Is6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
            BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        }

        return length;
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">The text is not valid; the message says which text and why.</exception>
    public static IpAddr Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out IpAddr address, out IpParseError error)
            ? address
            : throw new FormatException($"'{text}' is not a valid IP address: {error.Describe()}.");
    }

    /// <summary>Reads an address; false if the text is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddr address) =>
        IpAddrParser.TryParse(text, out address, out _);

    /// <summary>Reads an address; false with the reason where it is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddr address, out IpParseError error) =>
        IpAddrParser.TryParse(text, out address, out error);

    /// <summary>Reads an address in UTF-8; false with the reason where it is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out IpAddr address, out IpParseError error) =>
        IpAddrParser.TryParse(utf8Text, out address, out error);

    /// <summary>The text; empty if there is no address.</summary>
    public override string ToString() => IpAddrFormatter.ToString(this);

    /// <summary>The text; format and provider are not used.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text without allocating; false if the destination is too short.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) =>
        IpAddrFormatter.TryFormat(this, destination, out charsWritten);

    /// <summary>Writes the text as UTF-8 without allocating; false if the destination is too short.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten) =>
        IpAddrFormatter.TryFormat(this, utf8Destination, out bytesWritten);

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(utf8Destination, out bytesWritten);

    /// <summary>Same family, bits and zone.</summary>
    public bool Equals(IpAddr other) =>
        _low == other._low && _high == other._high && _family == other._family
        && string.Equals(_zone, other._zone, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low, _family, _zone);

    /// <summary>Order: no address, IPv4, IPv6; then the value; then the zone.</summary>
    public int CompareTo(IpAddr other)
    {
        // As a number: an enum would be boxed.
        int order = ((int)_family).CompareTo((int)other._family);
        order = order != 0 ? order : _high.CompareTo(other._high);
        order = order != 0 ? order : _low.CompareTo(other._low);
        return order != 0 ? order : string.CompareOrdinal(_zone ?? string.Empty, other._zone ?? string.Empty);
    }
}
