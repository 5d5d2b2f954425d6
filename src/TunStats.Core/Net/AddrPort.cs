using System;
using System.Text;

namespace TunStats.Net;

/// <summary>
/// An address and a port, or nothing. Its text follows Go's netip.AddrPort: <c>1.2.3.4:80</c>, <c>[::1]:80</c>,
/// <c>[fe80::1%eth0]:80</c>, port 0 written; empty if there is no address.
/// </summary>
public readonly record struct AddrPort : IComparable<AddrPort>, ISpanFormattable, IUtf8SpanFormattable
{
    /// <summary>The longest text without a zone, in characters.</summary>
    public const int MaxTextLength = IpAddr.MaxTextLength + 8;

    // The fields of the address one by one: family and port share a word, which keeps the size that of an IpAddr.
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly string? _zone;
    private readonly ushort _port;
    private readonly IpFamily _family;

    /// <summary>An address with a port; without an address the port is dropped.</summary>
    public AddrPort(IpAddr address, ushort port)
    {
        _high = address.High;
        _low = address.Low;
        _zone = address.ZoneOrNull;
        _family = address.Family;
        _port = address.IsValid ? port : (ushort)0;
    }

    /// <summary>The address.</summary>
    public IpAddr Address => new(_family, _high, _low, _zone);

    /// <summary>The port; 0 for a protocol without ports.</summary>
    public ushort Port => _port;

    /// <summary>Whether there is an address.</summary>
    public bool IsValid => _family != IpFamily.None;

    /// <summary>Reads an endpoint; the empty text is an endpoint without an address.</summary>
    /// <exception cref="FormatException">The text is not valid; the message says which text and why.</exception>
    public static AddrPort Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out AddrPort endpoint, out IpParseError error)
            ? endpoint
            : throw new FormatException($"'{text}' is not a valid address with a port: {error.Describe()}.");
    }

    /// <summary>Reads an endpoint; false if the text is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AddrPort endpoint) => TryParse(text, out endpoint, out _);

    /// <summary>
    /// Reads an endpoint; false with the reason where the text is not valid. The empty text is an endpoint without an
    /// address.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AddrPort endpoint, out IpParseError error)
    {
        const int Enough = 256;
        int count = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> utf8 = count <= Enough ? stackalloc byte[Enough] : new byte[count];
        return AddrPortParser.TryParse(utf8[..Encoding.UTF8.GetBytes(text, utf8)], out endpoint, out error);
    }

    /// <summary>Reads an endpoint in UTF-8; false with the reason where it is not valid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, out AddrPort endpoint, out IpParseError error) =>
        AddrPortParser.TryParse(utf8Text, out endpoint, out error);

    /// <summary>The text; empty if there is no address.</summary>
    public override string ToString() => AddrPortFormatter.ToString(this);

    /// <summary>The text; format and provider are not used.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text without allocating; false if the destination is too short.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten) =>
        AddrPortFormatter.TryFormat(this, destination, out charsWritten);

    /// <summary>Writes the text as UTF-8 without allocating; false if the destination is too short.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten) =>
        AddrPortFormatter.TryFormat(this, utf8Destination, out bytesWritten);

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(destination, out charsWritten);

    bool IUtf8SpanFormattable.TryFormat(
        Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        TryFormat(utf8Destination, out bytesWritten);

    /// <summary>Same address, zone and port.</summary>
    public bool Equals(AddrPort other) =>
        _low == other._low && _high == other._high && _port == other._port && _family == other._family
        && string.Equals(_zone, other._zone, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low, _port, _family, _zone);

    /// <summary>Order: by address, then by port.</summary>
    public int CompareTo(AddrPort other)
    {
        int order = Address.CompareTo(other.Address);
        return order != 0 ? order : _port.CompareTo(other._port);
    }
}
