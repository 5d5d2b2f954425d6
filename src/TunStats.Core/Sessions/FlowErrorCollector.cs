using System;
using System.Collections.Generic;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>
/// Holds back what is wrong with inputs while they are looked for again and again: it is reported for the attempt that
/// finds something to count.
/// </summary>
internal sealed class FlowErrorCollector(IFlowSink sink) : IFlowSink
{
    private readonly List<(Exception Error, string Source)> _errors = [];
    private readonly List<string> _warnings = [];

    public void OnReport(FlowReport report) => sink.OnReport(report);

    public void OnError(Exception error, string source) => _errors.Add((error, source));

    public void OnWarning(string message) => _warnings.Add(message);

    public void OnProgress(FlowProgress progress) => sink.OnProgress(progress);

    /// <summary>Reports what was held back.</summary>
    internal void Forward()
    {
        _errors.ForEach(error => sink.OnError(error.Error, error.Source));
        _warnings.ForEach(sink.OnWarning);
    }
}
