using System;
using System.Threading;
using TunStats.Flows;
using TunStats.Sessions;

namespace TunStats.PowerShell.Jobs;

/// <summary>A job that runs a flow session: flows in its output.</summary>
public sealed class FlowTrafficJob : BackgroundJob, IFlowSink
{
    /// <summary>What Get-Job shows as the type of the job.</summary>
    internal const string TypeName = "TunStatsFlows";

    private readonly FlowSession _session;
    private readonly FlowGrouping? _groupBy;

    internal FlowTrafficJob(
        FlowSession session, FlowGrouping? groupBy, string command, string? name, int bufferSize)
        : base(command, name, bufferSize, TimeProvider.System)
    {
        _session = session;
        _groupBy = groupBy;
        PSJobTypeName = TypeName;
    }

    void IFlowSink.OnReport(FlowReport report)
    {
        WriteVerbose(Commands.FlowProgressRecords.Describe(report));
        foreach (object item in Commands.GetFlowTrafficCommand.Take(report, _groupBy))
        {
            WriteOutput(item);
        }
    }

    void IFlowSink.OnError(Exception error, string source) => WriteError(error, source);

    void IFlowSink.OnWarning(string message) => WriteWarning(message);

    void IFlowSink.OnProgress(FlowProgress progress) =>
        WriteProgress(Commands.FlowProgressRecords.Of(progress));

    private protected override void Run(CancellationToken cancellationToken)
    {
        using (_session)
        {
            _session.Run(cancellationToken);
        }
    }
}
