using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TunStats.Export;

/// <summary>A collector: transport, host and port.</summary>
/// <param name="Transport">How messages travel.</param>
/// <param name="Host">A name or an IP address, without brackets.</param>
/// <param name="Port">The port.</param>
internal sealed record IpfixTarget(IpfixTransport Transport, string Host, ushort Port)
{
    private const ushort DefaultPort = 4739;
    private const ushort DefaultTlsPort = 4740;
    private const int MaxHostLength = 253;
    private const string SchemeEnd = "://";

    /// <summary>
    /// Reads <c>collector.example:4739</c>, <c>tcp://192.0.2.1</c>, <c>tls://[2001:db8::1]:4740</c> and the like: UDP
    /// unless a scheme says otherwise, port 4739 (TLS: 4740) unless one is given.
    /// </summary>
    /// <exception cref="LogSinkException">It is malformed; the message says how.</exception>
    public static IpfixTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        IpfixTransport transport = IpfixTransport.Udp;
        string rest = text;
        int scheme = text.IndexOf(SchemeEnd, StringComparison.Ordinal);
        if (scheme >= 0)
        {
            transport = text[..scheme].ToLowerInvariant() switch
            {
                "udp" => IpfixTransport.Udp,
                "tcp" => IpfixTransport.Tcp,
                "tls" => IpfixTransport.Tls,
                _ => throw Malformed(text, "the scheme has to be udp, tcp or tls"),
            };
            rest = text[(scheme + SchemeEnd.Length)..];
        }

        ushort port = transport == IpfixTransport.Tls ? DefaultTlsPort : DefaultPort;
        (string host, string? number) = Split(text, rest);
        if (number is not null
            && (!ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port == 0))
        {
            throw Malformed(text, $"'{number}' is not a port from 1 to 65535");
        }

        return new IpfixTarget(transport, host, port);
    }

    /// <summary>As <see cref="Parse"/> reads it, in full.</summary>
    public override string ToString()
    {
        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(
            CultureInfo.InvariantCulture, $"{Transport.ToString().ToLowerInvariant()}://{host}:{Port}");
    }

    private static (string Host, string? Port) Split(string text, string rest)
    {
        if (rest.StartsWith('['))
        {
            int end = rest.IndexOf(']', StringComparison.Ordinal);
            string inner = end > 0 ? rest[1..end] : string.Empty;
            string after = end > 0 ? rest[(end + 1)..] : string.Empty;
            return !IPAddress.TryParse(inner, out IPAddress? address)
                || address.AddressFamily != AddressFamily.InterNetworkV6
                ? throw Malformed(text, "there has to be an IPv6 address within the brackets")
                : after.Length == 0 ? (inner, null)
                : after[0] == ':' ? (inner, after[1..])
                : throw Malformed(text, "after ']' there can only be a colon and the port");
        }

        int colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon != rest.LastIndexOf(':'))
        {
            throw Malformed(text, "an IPv6 address needs brackets, such as [2001:db8::1]:4739");
        }

        string host = colon < 0 ? rest : rest[..colon];
        return host.Length is 0 or > MaxHostLength || Uri.CheckHostName(host) is not (UriHostNameType.Dns
            or UriHostNameType.IPv4)
            ? throw Malformed(text, host.Length == 0 ? "the host is missing" : $"'{host}' is not a host name")
            : (host, colon < 0 ? null : rest[(colon + 1)..]);
    }

    private static LogSinkException Malformed(string text, string why) => new(
        $"'{text}' is not a valid IPFIX collector: {why}. Give [udp://|tcp://|tls://]host[:port], such as "
        + "collector.example:4739 or tls://[2001:db8::1]:4740.",
        LogSinkErrorKind.Invalid);
}
