using System;
using TunStats.Flows;
using TunStats.Sessions;

namespace TunStats.PowerShell.Commands;

/// <summary>
/// Hands what a session counts to a sink that may change before the session runs: the cmdlet takes the errors of
/// opening, and then the job takes over.
/// </summary>
internal sealed class FlowRelay(IFlowSink target) : IFlowSink
{
    internal IFlowSink Target { get; set; } = target;

    public void OnReport(FlowReport report) => Target.OnReport(report);

    public void OnError(Exception error, string source) => Target.OnError(error, source);

    public void OnWarning(string message) => Target.OnWarning(message);

    public void OnProgress(FlowProgress progress) => Target.OnProgress(progress);
}
