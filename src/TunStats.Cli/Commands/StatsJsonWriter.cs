using System;
using System.IO;
using System.Text.Json;
using TunStats.Links;

namespace TunStats.Cli.Commands;

/// <summary>One JSON object per line, its members named as the properties of <see cref="RtnlLinkStats64"/>.</summary>
internal sealed class StatsJsonWriter : IStatsWriter
{
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;

    internal StatsJsonWriter() => _json = new Utf8JsonWriter(_line);

    public void Write(RtnlLinkStats64 stats)
    {
        _line.SetLength(0);
        _json.Reset(_line);
        _json.WriteStartObject();
        CounterJson.WriteMembers(_json, stats);
        _json.WriteEndObject();
        _json.Flush();
        _line.WriteByte((byte)'\n');
        _output.Write(_line.GetBuffer(), 0, (int)_line.Length);
    }

    public void Flush() => _output.Flush();

    public void Dispose()
    {
        _json.Dispose();
        _line.Dispose();
        _output.Dispose();
    }
}
