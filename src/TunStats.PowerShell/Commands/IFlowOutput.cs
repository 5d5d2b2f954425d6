using System;
using TunStats.Flows;

namespace TunStats.PowerShell.Commands;

/// <summary>Where flows go: the pipeline, or a job.</summary>
internal interface IFlowOutput
{
    void WriteFlow(TupleCounts flow);

    void WriteFlowError(Exception error, object target);

    void WriteFlowWarning(string message);
}
