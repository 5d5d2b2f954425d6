using System;
using System.IO;
using System.Text.Json;
using TunStats.Flows;

namespace TunStats.Cli.Commands;

/// <summary>One JSON object per connection and line, its members named as the properties of the typed object.</summary>
internal sealed class FlowJsonSink : FlowSink, IDisposable
{
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;

    internal FlowJsonSink(FlowOutput output)
        : base(output) => _json = new Utf8JsonWriter(_line);

    public override void OnReport(FlowReport report)
    {
        int left = report.CountToTake;
        foreach (TupleCounts flow in report.TakeFlows())
        {
            if (Output.IsOver)
            {
                Output.CountUnwritten(left);
                break;
            }

            left--;
            Write(flow);
        }

        Output.Flush();
    }

    public void Dispose()
    {
        _json.Dispose();
        _line.Dispose();
    }

    private void Write(TupleCounts flow)
    {
        _line.SetLength(0);
        _json.Reset(_line);
        _json.WriteStartObject();
        _json.WriteString("Start", flow.Window.Start.ToString());
        _json.WriteString("End", flow.Window.End.ToString());
        _json.WriteString("Source", flow.Source);
        _json.WriteNumber("Proto", flow.ProtoNumber);
        _json.WriteString("ProtoName", flow.Proto);
        _json.WriteString("Src", flow.Src);
        _json.WriteString("Dst", flow.Dst);
        _json.WriteNumber("TxPackets", flow.TxPackets);
        _json.WriteNumber("TxBytes", flow.TxBytes);
        _json.WriteNumber("RxPackets", flow.RxPackets);
        _json.WriteNumber("RxBytes", flow.RxBytes);
        _json.WriteString("FirstSeen", flow.FirstSeenTime?.ToString());
        _json.WriteString("LastSeen", flow.LastSeenTime?.ToString());
        _json.WriteString("OpenedBy", OpenedBy(flow.OpenedBy));
        _json.WriteEndObject();
        _json.Flush();
        _line.WriteByte((byte)'\n');
        Output.Write(_line.GetBuffer().AsSpan(0, (int)_line.Length));
    }

    // Enum.ToString looks names up by reflection, which a native program would carry for this alone.
    private static string OpenedBy(FlowInitiator value) => value switch
    {
        FlowInitiator.Local => "Local",
        FlowInitiator.Remote => "Remote",
        _ => "Unknown",
    };
}
