using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TunStats.Net;

namespace TunStats.Flows;

/// <summary>
/// Selects connections: each list that is not empty must have a match. Applied per packet.
/// </summary>
internal sealed class FlowFilter
{
    private readonly bool[]? _protocols;
    private readonly (IpFamily Family, ulong HighMask, ulong LowMask, ulong High, ulong Low)[] _prefixes;
    private readonly HashSet<int> _ports;

    /// <summary>Makes a filter.</summary>
    /// <param name="protocols">The protocols; null or empty for all.</param>
    /// <param name="prefixes">Addresses or prefixes (<c>10.0.0.0/8</c>) of either end; null or empty for all.</param>
    /// <param name="ports">Ports of either end; null or empty for all.</param>
    /// <exception cref="FormatException">A prefix is not valid; the message says which.</exception>
    public FlowFilter(
        IEnumerable<IpProtocol>? protocols = null, IEnumerable<string>? prefixes = null, IEnumerable<int>? ports = null)
    {
        foreach (IpProtocol protocol in protocols ?? [])
        {
            _protocols ??= new bool[256];
            _protocols[protocol.Number] = true;
        }

        _prefixes = [.. (prefixes ?? []).Select(ParsePrefix)];
        _ports = [.. ports ?? []];
    }

    /// <summary>Whether every connection matches.</summary>
    public bool IsEmpty => _protocols is null && _prefixes.Length == 0 && _ports.Count == 0;

    /// <summary>Whether a connection matches.</summary>
    public bool Matches(in FlowKey key)
    {
        if (_protocols is not null && !_protocols[key.Protocol.Number])
        {
            return false;
        }

        if (_ports.Count > 0 && !_ports.Contains(key.SourcePort) && !_ports.Contains(key.DestinationPort))
        {
            return false;
        }

        if (_prefixes.Length == 0)
        {
            return true;
        }

        foreach ((IpFamily family, ulong highMask, ulong lowMask, ulong high, ulong low) in _prefixes)
        {
            bool source = (key._sourceHigh & highMask) == high && (key._sourceLow & lowMask) == low;
            bool destination = (key._destinationHigh & highMask) == high && (key._destinationLow & lowMask) == low;
            if (family == key.Family && (source || destination))
            {
                return true;
            }
        }

        return false;
    }

    private static (IpFamily, ulong, ulong, ulong, ulong) ParsePrefix(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string address = slash < 0 ? text : text[..slash];
        bool isAddress = IpAddr.TryParse(address.AsSpan(), out IpAddr parsed) && parsed.Zone.Length == 0;
        int bits = parsed.BitLength;
        bool isLength = slash < 0
            || (int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits)
                && bits <= parsed.BitLength);
        if (!isAddress || !isLength)
        {
            throw new FormatException(
                $"'{text}' is neither an address nor a prefix. Write 100.64.0.1, 10.0.0.0/8 or fd7a:115c:a1e0::/48.");
        }

        int highBits = parsed.Is4 ? 0 : Math.Min(bits, 64);
        int lowBits = parsed.Is4 ? bits + 32 : Math.Max(bits - 64, 0);
        ulong highMask = Mask(highBits), lowMask = Mask(lowBits);
        return (parsed.Family, highMask, lowMask, parsed.High & highMask, parsed.Low & lowMask);
    }

    private static ulong Mask(int bits) => bits == 0 ? 0 : ulong.MaxValue << (64 - bits);
}
