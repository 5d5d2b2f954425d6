using TunStats.Flows;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary>One JSON object per connection and line, its members named as the properties of the typed object.</summary>
internal sealed class FlowJsonSink(FlowOutput output) : FlowLineSink(output)
{
    private readonly FlowJsonWriter _writer = new();

    public override void OnReport(FlowReport report)
    {
        _writer.Begin(report.Window);
        WriteAll(report);
    }

    private protected override bool IsFull => _writer.IsFull;

    private protected override void Add(in FlowValues flow, FlowNames? names, FlowProcess? process) =>
        _writer.Add(flow, names, process);

    private protected override void Send()
    {
        Output.Write(_writer.Lines);
        _writer.Clear();
    }
}
