using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>Where metrics are served: an IP address and a port.</summary>
internal sealed class MetricsEndpointAddress
{
    private const string Scheme = "http://";

    private MetricsEndpointAddress(string text, IPEndPoint endPoint)
    {
        Text = text;
        EndPoint = endPoint;
    }

    /// <summary>The address as it was given.</summary>
    public string Text { get; }

    /// <summary>The address and the port; port 0 lets the system choose.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>
    /// Reads <c>http://127.0.0.1:9101/</c>, <c>http://[::1]:9101/metrics</c>, <c>localhost:9101</c> and the like.
    /// </summary>
    /// <param name="text">An IP address or localhost, and a port.</param>
    /// <param name="allowAnyAddress">Allows addresses that other machines can reach.</param>
    /// <exception cref="TunStatsException">It is malformed, or not a loopback address.</exception>
    public static MetricsEndpointAddress Parse(string text, bool allowAnyAddress = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        string rest = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..] : text;
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string path = slash < 0 ? "/" : rest[slash..];
        rest = slash < 0 ? rest : rest[..slash];
        int colon = rest.LastIndexOf(':');
        if (path is not ("/" or "/metrics" or "/metrics/")
            || colon < 0
            || !ushort.TryParse(
                rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            || ParseHost(rest[..colon]) is not { } address)
        {
            throw new TunStatsException(
                ErrorKind.InvalidMetricsEndpoint,
                text,
                $"'{text}' is not a valid address for metrics. Give an IP address and a port, such as "
                + "http://127.0.0.1:9101/ or http://[::1]:9101/; the metrics are then at /metrics.");
        }

        // The socket is IPv6 only and accepts no IPv4-mapped address.
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var result = new MetricsEndpointAddress(text, new IPEndPoint(address, port));
        return result.IsLoopback || allowAnyAddress
            ? result
            : throw new TunStatsException(
                ErrorKind.MetricsEndpointNotLoopback,
                text,
                $"Other machines could reach '{text}', and the endpoint has no authentication. Give a loopback "
                + $"address, such as http://127.0.0.1:{port}/, or allow other machines with --force (-Force).");
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static IPAddress? ParseHost(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        if (host is ['[', .. string inner, ']'])
        {
            return IPAddress.TryParse(inner, out IPAddress? v6) && v6.AddressFamily == AddressFamily.InterNetworkV6
                ? v6
                : null;
        }

        // The framework also accepts 127.1, 0x7f.1 and 010.0.0.1, which are ambiguous.
        return IPAddress.TryParse(host, out IPAddress? v4)
            && v4.AddressFamily == AddressFamily.InterNetwork
            && v4.ToString() == host
            ? v4
            : null;
    }
}
