using System;

namespace TunStats.Net;

/// <summary>Reads endpoints by the rules of Go's net/netip.</summary>
internal static class AddrPortParser
{
    public static bool TryParse(ReadOnlySpan<byte> text, out AddrPort endpoint, out IpParseError error)
    {
        endpoint = default;
        error = IpParseError.None;
        if (text.IsEmpty)
        {
            return true;
        }

        int colon = text.LastIndexOf((byte)':');
        if (colon < 0 || colon == text.Length - 1)
        {
            error = IpParseError.PortMissing;
            return false;
        }

        ReadOnlySpan<byte> host = text[..colon];
        bool bracketed = !host.IsEmpty && host[0] == '[';
        if (bracketed)
        {
            if (host[^1] != ']')
            {
                // "[::1]" has its last colon inside the brackets: its port is missing.
                error = text[^1] == ']' ? IpParseError.PortMissing : IpParseError.BracketMissing;
                return false;
            }

            host = host[1..^1];
        }

        error = ParsePort(text[(colon + 1)..], out ushort port);
        if (error != IpParseError.None || !IpAddrParser.TryParse(host, out IpAddr address, out error))
        {
            return false;
        }

        if (bracketed != address.Is6)
        {
            error = bracketed ? IpParseError.BracketsAroundIPv4 : IpParseError.BracketsNeeded;
            return false;
        }

        endpoint = new AddrPort(address, port);
        return true;
    }

    private static IpParseError ParsePort(ReadOnlySpan<byte> text, out ushort port)
    {
        uint value = 0;
        port = 0;
        foreach (byte c in text)
        {
            uint digit = (uint)(c - '0');
            value = (value * 10) + digit;
            if (digit > 9 || value > ushort.MaxValue)
            {
                return IpParseError.PortInvalid;
            }
        }

        port = (ushort)value;
        return IpParseError.None;
    }
}
