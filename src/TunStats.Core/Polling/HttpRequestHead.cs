using System;
using System.Collections.Generic;
using System.Net;
using System.Text;

namespace TunStats.Polling;

/// <summary>The request line and the headers of an HTTP/1 request, as far as a scrape needs them.</summary>
/// <param name="Status">The answer's status: 200, or what is wrong with the request.</param>
/// <param name="IsHead">Whether only the headers of the answer are wanted.</param>
/// <param name="Format">The text that is wanted.</param>
internal readonly record struct HttpRequestHead(HttpStatusCode Status, bool IsHead, MetricsFormat Format)
{
    private const string Path = "/metrics";

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">All bytes before the empty line.</param>
    internal static HttpRequestHead Parse(ReadOnlySpan<byte> bytes)
    {
        string[] lines = Encoding.Latin1.GetString(bytes).Split("\r\n");
        string[] parts = lines[0].Split(' ');
        if (parts.Length != 3 || !IsToken(parts[0]) || parts[1].Length == 0 || !IsVersion(parts[2]))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        if (!parts[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            return Refuse(HttpStatusCode.HttpVersionNotSupported);
        }

        int hosts = 0;
        var accept = new List<string>();
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !IsToken(line[..colon]) || line.AsSpan().ContainsAny('\0', '\r', '\n'))
            {
                return Refuse(HttpStatusCode.BadRequest);
            }

            string name = line[..colon];
            hosts += name.Equals("Host", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            if (name.Equals("Accept", StringComparison.OrdinalIgnoreCase))
            {
                accept.Add(line[(colon + 1)..]);
            }
        }

        if (hosts > 1 || (hosts == 0 && parts[2] != "HTTP/1.0"))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        if (PathOf(parts[1]) != Path)
        {
            return Refuse(HttpStatusCode.NotFound);
        }

        return parts[0] is "GET" or "HEAD"
            ? new HttpRequestHead(HttpStatusCode.OK, parts[0] == "HEAD", MetricsAccept.Choose(string.Join(',', accept)))
            : Refuse(HttpStatusCode.MethodNotAllowed);
    }

    private static HttpRequestHead Refuse(HttpStatusCode status) =>
        new(status, IsHead: false, MetricsFormat.Prometheus);

    /// <summary>The path of a target in origin form (/metrics?x) or absolute form (http://host/metrics).</summary>
    private static string PathOf(string target)
    {
        if (target.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            int slash = target.IndexOf('/', "http://".Length);
            target = slash < 0 ? "/" : target[slash..];
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }

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
