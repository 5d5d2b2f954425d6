using TunStats.Flows;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary>A table for each window.</summary>
internal sealed class FlowTableSink(FlowOutput output) : FlowLineSink(output)
{
    private readonly FlowTableWriter _writer = new();
    private bool _isFurther;

    public override void OnReport(FlowReport report)
    {
        _writer.AddHead(report.Window, _isFurther, hasNames: report.HasNames, hasProcesses: report.HasProcesses);
        _isFurther = true;
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
