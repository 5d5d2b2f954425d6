using System;
using TunStats.Flows;

namespace TunStats.Cli.Commands;

/// <summary>Takes windows; errors and warnings go to standard error.</summary>
internal abstract class FlowSink : IFlowSink
{
    internal int Errors { get; private set; }

    public abstract void OnReport(FlowReport report);

    public void OnError(Exception error, string source)
    {
        Errors++;
        Program.Complain(error.Message);
    }

    public void OnWarning(string message) => Program.Complain($"warning: {message}");
}
