using System;
using System.Threading;
using TunStats.Flows;
using TunStats.PowerShell.Commands;

namespace TunStats.PowerShell.Jobs;

/// <summary>A job that counts connections window after window: flows in its output.</summary>
public sealed class FlowTrafficJob : BackgroundJob, IFlowOutput
{
    /// <summary>What Get-Job shows as the type of the job.</summary>
    internal const string TypeName = "TunStatsFlows";

    private readonly FlowTrafficRun _run;

    internal FlowTrafficJob(FlowTrafficRun run, string command, string? name, int bufferSize)
        : base(command, name, bufferSize, TimeProvider.System)
    {
        _run = run;
        PSJobTypeName = TypeName;
        run.Output = this;
    }

    void IFlowOutput.WriteFlow(TupleCounts flow) => WriteOutput(flow);

    void IFlowOutput.WriteFlowError(Exception error, object target) => WriteError(error, target);

    void IFlowOutput.WriteFlowWarning(string message) => WriteWarning(message);

    private protected override void Run(CancellationToken cancellationToken)
    {
        using (_run)
        {
            _run.Run(cancellationToken);
        }
    }
}
