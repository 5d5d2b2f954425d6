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
        _json.WriteString("Name", stats.Name);
        _json.WriteNumber("Index", stats.Index);
        _json.WriteString("Kind", stats.Kind);
        _json.WriteString("Timestamp", stats.Timestamp);
        _json.WriteNumber("RxPackets", stats.RxPackets);
        _json.WriteNumber("TxPackets", stats.TxPackets);
        _json.WriteNumber("RxBytes", stats.RxBytes);
        _json.WriteNumber("TxBytes", stats.TxBytes);
        _json.WriteNumber("RxErrors", stats.RxErrors);
        _json.WriteNumber("TxErrors", stats.TxErrors);
        _json.WriteNumber("RxDropped", stats.RxDropped);
        _json.WriteNumber("TxDropped", stats.TxDropped);
        _json.WriteNumber("Multicast", stats.Multicast);
        _json.WriteNumber("Collisions", stats.Collisions);
        _json.WriteNumber("RxLengthErrors", stats.RxLengthErrors);
        _json.WriteNumber("RxOverErrors", stats.RxOverErrors);
        _json.WriteNumber("RxCrcErrors", stats.RxCrcErrors);
        _json.WriteNumber("RxFrameErrors", stats.RxFrameErrors);
        _json.WriteNumber("RxFifoErrors", stats.RxFifoErrors);
        _json.WriteNumber("RxMissedErrors", stats.RxMissedErrors);
        _json.WriteNumber("TxAbortedErrors", stats.TxAbortedErrors);
        _json.WriteNumber("TxCarrierErrors", stats.TxCarrierErrors);
        _json.WriteNumber("TxFifoErrors", stats.TxFifoErrors);
        _json.WriteNumber("TxHeartbeatErrors", stats.TxHeartbeatErrors);
        _json.WriteNumber("TxWindowErrors", stats.TxWindowErrors);
        _json.WriteNumber("RxCompressed", stats.RxCompressed);
        _json.WriteNumber("TxCompressed", stats.TxCompressed);
        _json.WriteNumber("RxNoHandler", stats.RxNoHandler);
        WriteOptional("RxOtherHostDropped", stats.RxOtherHostDropped);
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

    private void WriteOptional(string name, ulong? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
        else
        {
            _json.WriteNull(name);
        }
    }
}
