using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using TunStats.Interop;

namespace TunStats.Metrics;

/// <summary>
/// The host names that requests may have. With DNS rebinding, a web page whose host name resolves to this machine could
/// read the metrics in a visitor's browser, which sends that name: so only addresses, localhost and names that the user
/// allows are accepted.
/// </summary>
internal sealed class MetricsHosts
{
    private const string Any = "*";

    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost" };

    /// <summary>Allows addresses, localhost and further names.</summary>
    /// <param name="names">Host names without a port; <c>*</c> allows every name.</param>
    /// <exception cref="TunStatsException">One is not a host name.</exception>
    public MetricsHosts(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
        {
            if (name != Any && Uri.CheckHostName(name) == UriHostNameType.Unknown)
            {
                throw new TunStatsException(
                    ErrorKind.InvalidMetricsEndpoint,
                    name,
                    $"'{name}' is not a valid host name. Give a name without a port, such as metrics.example.org.");
            }

            _names.Add(name.TrimEnd('.'));
        }
    }

    /// <summary>Whether a Host header, or the authority of a URL, is allowed.</summary>
    /// <param name="host">A host, optionally with a port.</param>
    internal bool Allows(string host)
    {
        int end = host.StartsWith('[') ? host.IndexOf(']', StringComparison.Ordinal) + 1 : host.LastIndexOf(':');
        string name = end > 0 ? host[..end] : host;
        string port = end > 0 ? host[end..] : "";
        if (port.Length > 0 && (port[0] != ':' || !IsPort(port.AsSpan(1))))
        {
            return false;
        }

        return _names.Contains(Any)
            || _names.Contains(name.EndsWith('.') ? name[..^1] : name)
            || Uri.CheckHostName(name) is UriHostNameType.IPv4 or UriHostNameType.IPv6
                && IPAddress.TryParse(name, out _);
    }

    // "host:" means the default port.
    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.IsEmpty || ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
