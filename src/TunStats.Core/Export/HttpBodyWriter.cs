using System;
using System.Buffers;
using System.Globalization;
using System.IO;
using System.Text;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>Where and in which form each kind of collector takes messages.</summary>
internal static class HttpBodyWriter
{
    private const string DefaultIndex = "tunstats";

    /// <summary>The content type of a format.</summary>
    internal static string ContentType(HttpFormat format) => format switch
    {
        HttpFormat.Loki or HttpFormat.SplunkHec => "application/json",
        _ => "application/x-ndjson",
    };

    /// <summary>The address that requests go to.</summary>
    internal static Uri Target(HttpSinkOptions options)
    {
        string path = options.Uri.AbsolutePath.TrimEnd('/');
        return options.Format switch
        {
            HttpFormat.Loki when path.Length == 0 => With(options.Uri, "/loki/api/v1/push", null),
            HttpFormat.SplunkHec when path.Length == 0 => With(options.Uri, "/services/collector/event", null),
            HttpFormat.Elasticsearch when !path.EndsWith("/_bulk", StringComparison.Ordinal) => With(
                options.Uri,
                $"{(path.Length == 0 ? "/" + DefaultIndex : path)}/_bulk",
                "filter_path=errors,items.*.status,items.*.error.type"),
            HttpFormat.ClickHouse when !HasParameter(options.Uri, "query") => With(
                options.Uri,
                path.Length == 0 ? "/" : path,
                "query=" + Uri.EscapeDataString($"INSERT INTO {DefaultIndex} FORMAT JSONEachRow")),
            _ => options.Uri,
        };
    }

    /// <summary>The address of one request.</summary>
    internal static Uri Target(Uri target, HttpFormat format, LogEntry first, LogEntry last)
    {
        if (format != HttpFormat.ClickHouse || HasParameter(target, "insert_deduplication_token"))
        {
            return target;
        }

        string token = string.Create(CultureInfo.InvariantCulture, $"{first.Logger}-{first.Sequence}-{last.Sequence}");
        return With(target, target.AbsolutePath, "insert_deduplication_token=" + Uri.EscapeDataString(token));
    }

    /// <summary>Writes a body.</summary>
    internal static void Write(Stream output, HttpFormat format, string host, ReadOnlySpan<LogEntry> entries)
    {
        switch (format)
        {
            case HttpFormat.Loki:
                WriteLoki(output, host, entries);
                break;
            case HttpFormat.Elasticsearch:
                WriteBulk(output, entries);
                break;
            case HttpFormat.SplunkHec:
                WriteEvents(output, host, entries);
                break;
            default:
                foreach (LogEntry entry in entries)
                {
                    output.Write(entry.Line.Span);
                }

                break;
        }
    }

    private static void WriteLoki(Stream output, string host, ReadOnlySpan<LogEntry> entries)
    {
        output.Write("{\"streams\":[{\"stream\":{\"service_name\":\"tunstats\",\"host\":"u8);
        WriteText(output, host);
        output.Write("},\"values\":["u8);
        for (int i = 0; i < entries.Length; i++)
        {
            output.Write(i == 0 ? "[\""u8 : ",[\""u8);
            WriteAscii(output, Nanoseconds(entries[i].Time));
            output.Write("\",\""u8);
            WriteEscaped(output, entries[i].Line.Span[..^1]);
            output.Write("\"]"u8);
        }

        output.Write("]}]}"u8);
    }

    private static void WriteBulk(Stream output, ReadOnlySpan<LogEntry> entries)
    {
        foreach (LogEntry entry in entries)
        {
            // The id makes a repeated document a conflict instead of a second one.
            output.Write("{\"create\":{\"_id\":"u8);
            string gap = entry.IsGap ? "-gap" : "";
            WriteText(output, string.Create(CultureInfo.InvariantCulture, $"{entry.Logger}-{entry.Sequence}{gap}"));
            output.Write("}}\n{\"@timestamp\":\""u8);
            WriteAscii(output, entry.Time.ToString());
            output.Write("\","u8);
            output.Write(entry.Line.Span[1..]);
        }
    }

    private static void WriteEvents(Stream output, string host, ReadOnlySpan<LogEntry> entries)
    {
        foreach (LogEntry entry in entries)
        {
            output.Write("{\"time\":"u8);
            NanoTime time = entry.Time;
            WriteAscii(output, string.Create(
                CultureInfo.InvariantCulture, $"{time.UnixSeconds}.{time.Nanoseconds / 1_000_000:D3}"));
            output.Write(",\"host\":"u8);
            WriteText(output, host);
            output.Write(",\"source\":\"tunstats\",\"sourcetype\":\"_json\",\"event\":"u8);
            output.Write(entry.Line.Span[..^1]);
            output.Write("}\n"u8);
        }
    }

    private static string Nanoseconds(NanoTime time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.UnixSeconds}{time.Nanoseconds:D9}");

    private static void WriteAscii(Stream output, string text) => output.Write(Encoding.ASCII.GetBytes(text));

    private static void WriteText(Stream output, string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JsonTextWriter.Write(buffer, text);
        output.Write(buffer.WrittenSpan);
    }

    /// <summary>JSON inside a JSON string: it holds no control characters, but quotes and backslashes.</summary>
    private static void WriteEscaped(Stream output, ReadOnlySpan<byte> json)
    {
        while (json.IndexOfAny((byte)'"', (byte)'\\') is >= 0 and int at)
        {
            output.Write(json[..at]);
            output.WriteByte((byte)'\\');
            output.WriteByte(json[at]);
            json = json[(at + 1)..];
        }

        output.Write(json);
    }

    private static bool HasParameter(Uri uri, string name) =>
        $"&{uri.Query.TrimStart('?')}".Contains($"&{name}=", StringComparison.OrdinalIgnoreCase);

    private static Uri With(Uri uri, string path, string? parameter)
    {
        string query = uri.Query.TrimStart('?');
        query = parameter is null ? query : query.Length == 0 ? parameter : $"{query}&{parameter}";
        return new UriBuilder(uri) { Path = path, Query = query }.Uri;
    }
}
