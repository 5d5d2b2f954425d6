using System.Globalization;
using System.Management.Automation;
using TunStats.Flows;
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

    /// <summary>A window, and the captured frames that prove its sums against the device's own counters.</summary>
    internal static string Describe(FlowReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Window.Source}: {report.Count} connections from {report.Window.Start} to {report.Window.End}; "
        + $"captured {report.Frames.TxFrames} frames of {report.Frames.TxFrameBytes} bytes sent and "
        + $"{report.Frames.RxFrames} frames of {report.Frames.RxFrameBytes} bytes received.");

    internal static ProgressRecord Done() => new(0, Activity, "done") { RecordType = ProgressRecordType.Completed };
}
