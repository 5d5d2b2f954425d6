using TunStats.Flows;

namespace TunStats.Cli.Commands;

/// <summary>Writes a line for each connection, many lines at a time.</summary>
internal abstract class FlowLineSink(FlowOutput output) : FlowSink(output)
{
    /// <summary>Whether the lines are to be sent before another is added.</summary>
    private protected abstract bool IsFull { get; }

    /// <summary>Adds a line.</summary>
    private protected abstract void Add(in FlowValues flow, FlowNames? names, FlowProcess? process);

    /// <summary>Gives the lines to the output.</summary>
    private protected abstract void Send();

    private protected void WriteAll(FlowReport report)
    {
        int count = report.CountToTake;
        for (int i = 0; i < count; i++)
        {
            if (Output.IsOver)
            {
                Output.CountUnwritten(count - i);
                break;
            }

            FlowValues flow = report.GetValues(i);
            Add(flow, report.NamesOf(flow.Source.Address, flow.Destination.Address), report.ProcessOf(flow));
            if (IsFull)
            {
                Send();
            }
        }

        Send();
        Output.Flush();
    }
}
