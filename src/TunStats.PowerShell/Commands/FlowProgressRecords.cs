using System.Management.Automation;
using TunStats.Sessions;

namespace TunStats.PowerShell.Commands;

/// <summary>Makes progress records of how far a flow session is.</summary>
internal static class FlowProgressRecords
{
    private const string Activity = "Counting connections";

    internal static ProgressRecord Of(FlowProgress progress) => new(
        0, Activity, $"{progress.Source}: {progress.Activity}")
    {
        PercentComplete = progress.Fraction is { } fraction ? (int)(fraction * 100) : -1,
    };

    internal static ProgressRecord Done() => new(0, Activity, "done") { RecordType = ProgressRecordType.Completed };
}
