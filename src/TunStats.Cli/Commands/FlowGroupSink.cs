using TunStats.Flows;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary>Writes the sums of each window, as a table or as JSON lines.</summary>
internal sealed class FlowGroupSink(FlowOutput output, FlowGrouping groupBy, bool isJson) : FlowSink(output)
{
    private readonly FlowTableWriter _table = new();
    private readonly FlowJsonWriter _json = new();
    private bool _isFurther;

    public override void OnReport(FlowReport report)
    {
        _json.Begin(report.Window);
        if (!isJson)
        {
            _table.AddHead(report.Window, _isFurther, groupBy);
        }

        _isFurther = true;
        foreach (FlowGroup group in report.TakeGroups(groupBy))
        {
            if (isJson)
            {
                _json.Add(group);
            }
            else
            {
                _table.Add(group);
            }

            if (_json.IsFull || _table.IsFull)
            {
                Send();
            }
        }

        Send();
        Output.Flush();
    }

    private void Send()
    {
        Output.Write(isJson ? _json.Lines : _table.Lines);
        _json.Clear();
        _table.Clear();
    }
}
