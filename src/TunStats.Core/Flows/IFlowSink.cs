using System;

namespace TunStats.Flows;

/// <summary>Takes what is counted. Called by the thread that runs the counting, alone.</summary>
public interface IFlowSink
{
    /// <summary>Takes the connections of a window; the report is closed when this returns.</summary>
    void OnReport(FlowReport report);

    /// <summary>Takes an error of one source; the others go on.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="source">The device or the file.</param>
    void OnError(Exception error, string source);

    /// <summary>Takes a warning, as a whole text for the user.</summary>
    void OnWarning(string message);
}
