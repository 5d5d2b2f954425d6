using System;
using System.IO;
using System.Text.Json;
using TunStats.IO;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>
/// One JSON object per line, its members named as the properties of <see cref="LinkSample"/>; the time elapsed is in
/// seconds.
/// </summary>
internal sealed class SampleJsonWriter : ISampleWriter, IDisposable
{
    private readonly QueuedOutput _output;
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;

    internal SampleJsonWriter(QueuedOutput output)
    {
        _output = output;
        _json = new Utf8JsonWriter(_line);
    }

    public void Write(LinkSample sample)
    {
        _line.SetLength(0);
        _json.Reset(_line);
        _json.WriteStartObject();
        _json.WriteString("Name", sample.Name);
        _json.WriteString("Timestamp", sample.Timestamp);
        _json.WriteNumber("SequenceNumber", sample.SequenceNumber);
        _json.WriteString("Event", EventText(sample.Event));
        _json.WriteNumber("ElapsedSeconds", sample.Elapsed.TotalSeconds);
        _json.WriteNumber("MissedBeats", sample.MissedBeats);
        _json.WriteStartObject("Stats");
        CounterJson.WriteMembers(_json, sample.Stats);
        _json.WriteEndObject();
        WriteIncrease(sample.Increase);
        _json.WriteString("Error", sample.Error);
        WriteRate("RxPacketsPerSecond", sample.RxPacketsPerSecond);
        WriteRate("TxPacketsPerSecond", sample.TxPacketsPerSecond);
        WriteRate("RxBytesPerSecond", sample.RxBytesPerSecond);
        WriteRate("TxBytesPerSecond", sample.TxBytesPerSecond);
        WriteRate("RxDroppedPerSecond", sample.RxDroppedPerSecond);
        WriteRate("TxDroppedPerSecond", sample.TxDroppedPerSecond);
        WriteRate("RxErrorsPerSecond", sample.RxErrorsPerSecond);
        WriteRate("TxErrorsPerSecond", sample.TxErrorsPerSecond);
        _json.WriteEndObject();
        _json.Flush();
        _line.WriteByte((byte)'\n');
        _output.Write(_line.GetBuffer().AsSpan(0, (int)_line.Length));
    }

    public void Dispose()
    {
        _json.Dispose();
        _line.Dispose();
    }

    // Enum.ToString looks names up by reflection, which a native program would carry for this alone.
    private static string EventText(LinkSampleEvent value) => value switch
    {
        LinkSampleEvent.First => "First",
        LinkSampleEvent.Reset => "Reset",
        LinkSampleEvent.Reappeared => "Reappeared",
        LinkSampleEvent.Gone => "Gone",
        LinkSampleEvent.Error => "Error",
        _ => "None",
    };

    private void WriteIncrease(LinkIncrease? increase)
    {
        if (increase is null)
        {
            _json.WriteNull("Increase");
            return;
        }

        _json.WriteStartObject("Increase");
        CounterJson.WriteMembers(_json, increase);
        _json.WriteEndObject();
    }

    private void WriteRate(string name, double? rate)
    {
        if (rate is { } number)
        {
            _json.WriteNumber(name, number);
        }
        else
        {
            _json.WriteNull(name);
        }
    }
}
