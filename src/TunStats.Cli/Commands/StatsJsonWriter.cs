using System;
using System.IO;
using System.Text.Json;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>One JSON object per line, its members named as the properties of <see cref="RtnlLinkStats64"/>.</summary>
internal sealed class StatsJsonWriter : IStatsWriter
{
    private const int BatchBytes = 64 * 1024;

    private readonly MemoryStream _lines = new();
    private readonly Utf8JsonWriter _json;

    internal StatsJsonWriter() => _json = new Utf8JsonWriter(_lines);

    public void Write(RtnlLinkStats64 stats)
    {
        _json.WriteStartObject();
        CounterJson.WriteMembers(_json, stats);
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset(_lines);
        _lines.WriteByte((byte)'\n');
        if (_lines.Length >= BatchBytes)
        {
            Flush();
        }
    }

    public void Flush()
    {
        Program.Print(_lines.GetBuffer().AsSpan(0, (int)_lines.Length));
        _lines.SetLength(0);
    }

    public void Dispose()
    {
        _json.Dispose();
        _lines.Dispose();
    }
}
