using System;
using System.Collections.Generic;
using System.Net;
using System.Text;

namespace TunStats.Metrics;

/// <summary>The request line and the headers of an HTTP/1 request that a scrape needs.</summary>
/// <param name="Status">The answer's status: 200, or the error.</param>
/// <param name="IsHead">Whether it is a HEAD request.</param>
/// <param name="Format">The requested text format.</param>
/// <param name="AcceptsGzip">Whether the text may be compressed.</param>
internal readonly record struct HttpRequestHead(
    HttpStatusCode Status, bool IsHead, MetricsFormat Format, bool AcceptsGzip = false)
{
    private const string Path = "/metrics";
    private const string Scheme = "http://";

    /// <summary>Finds the empty line that ends a head; lines may end with a line feed alone.</summary>
    /// <param name="bytes">The bytes received so far.</param>
    /// <param name="from">Where to search from.</param>
    /// <returns>The position of the empty line; -1 where it has not arrived yet.</returns>
    internal static int FindEnd(ReadOnlySpan<byte> bytes, int from)
    {
        for (int i = from; i < bytes.Length; i++)
        {
            if (bytes[i] == '\n'
                && (bytes[(i + 1)..].StartsWith("\n"u8) || bytes[(i + 1)..].StartsWith("\r\n"u8)))
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>
    /// Whether the bytes cannot become a request: a TLS hello, an empty line, another protocol.
    /// </summary>
    internal static bool IsHopeless(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return false;
        }

        if (!IsToken(((char)bytes[0]).ToString()))
        {
            return true;
        }

        int end = bytes.IndexOf((byte)'\n');
        return end >= 0 && !IsRequestLine(Encoding.Latin1.GetString(bytes[..end]).TrimEnd('\r').Split(' '));
    }

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">All bytes before the empty line.</param>
    /// <param name="hosts">The allowed hosts.</param>
    internal static HttpRequestHead Parse(ReadOnlySpan<byte> bytes, MetricsHosts hosts)
    {
        string[] lines = Encoding.Latin1.GetString(bytes).TrimEnd('\r', '\n').Split('\n');
        string[] parts = WithoutReturn(lines[0]).Split(' ');
        if (!IsRequestLine(parts))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        if (!parts[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            return Refuse(HttpStatusCode.HttpVersionNotSupported);
        }

        var named = new List<string>();
        var accept = new List<string>();
        var encodings = new List<string>();
        for (int i = 1; i < lines.Length; i++)
        {
            string line = WithoutReturn(lines[i]);
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !IsToken(line[..colon]) || line.AsSpan().ContainsAny('\0', '\r'))
            {
                return Refuse(HttpStatusCode.BadRequest);
            }

            string value = line[(colon + 1)..].Trim();
            switch (line[..colon].ToUpperInvariant())
            {
                case "HOST":
                    named.Add(value);
                    break;
                case "ACCEPT":
                    accept.Add(value);
                    break;
                case "ACCEPT-ENCODING":
                    encodings.Add(value);
                    break;
            }
        }

        if (named.Count > 1 || (named.Count == 0 && parts[2] != "HTTP/1.0"))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        (string? authority, string path) = SplitTarget(parts[1]);
        if (!named.TrueForAll(hosts.Allows) || (authority is not null && !hosts.Allows(authority)))
        {
            return Refuse(HttpStatusCode.MisdirectedRequest);
        }

        if (path != Path)
        {
            return Refuse(HttpStatusCode.NotFound);
        }

        return parts[0] is "GET" or "HEAD"
            ? new HttpRequestHead(
                HttpStatusCode.OK,
                parts[0] == "HEAD",
                MetricsAccept.Choose(string.Join(',', accept)),
                MetricsAccept.AllowsGzip(string.Join(',', encodings)))
            : Refuse(HttpStatusCode.MethodNotAllowed);
    }

    private static HttpRequestHead Refuse(HttpStatusCode status) =>
        new(status, IsHead: false, MetricsFormat.Prometheus);

    /// <summary>Splits a target in origin form (/metrics?x) or absolute form (http://host/metrics).</summary>
    private static (string? Authority, string Path) SplitTarget(string target)
    {
        string? authority = null;
        if (target.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            int slash = target.IndexOf('/', Scheme.Length);
            authority = slash < 0 ? target[Scheme.Length..] : target[Scheme.Length..slash];
            target = slash < 0 ? "/" : target[slash..];
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        return (authority, query < 0 ? target : target[..query]);
    }

    private static string WithoutReturn(string line) => line.EndsWith('\r') ? line[..^1] : line;

    private static bool IsRequestLine(string[] parts) =>
        parts.Length == 3 && IsToken(parts[0]) && parts[1].Length > 0 && IsVersion(parts[2]);

    private static bool IsVersion(string text) =>
        text is ['H', 'T', 'T', 'P', '/', >= '0' and <= '9', '.', >= '0' and <= '9'];

    private static bool IsToken(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
