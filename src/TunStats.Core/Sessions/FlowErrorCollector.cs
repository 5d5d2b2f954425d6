using System;
using System.Collections.Generic;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>
/// Holds back the errors of inputs while they are looked up repeatedly: only the errors of the attempt that finds
/// something to count are reported.
/// </summary>
internal sealed class FlowErrorCollector(IFlowSink sink) : IFlowSink
{
    private readonly List<(Exception Error, string Source)> _errors = [];
    private readonly List<string> _warnings = [];

    public void OnReport(FlowReport report) => sink.OnReport(report);

    public void OnError(Exception error, string source) => _errors.Add((error, source));

    public void OnWarning(string message) => _warnings.Add(message);

    public void OnProgress(FlowProgress progress) => sink.OnProgress(progress);

    /// <summary>Reports the collected errors.</summary>
    internal void Forward()
    {
        _errors.ForEach(error => sink.OnError(error.Error, error.Source));
        _warnings.ForEach(sink.OnWarning);
    }
}
