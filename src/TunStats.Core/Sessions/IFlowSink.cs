using System;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>
/// Receives the results of a session: the pipeline, a job, a table, lines of JSON, messages. Called only by the thread
/// that runs the session. An exception ends the session.
/// </summary>
internal interface IFlowSink
{
    /// <summary>Receives the connections of a window; the report is disposed when this returns.</summary>
    void OnReport(FlowReport report);

    /// <summary>Receives an error of one source; the others continue.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="source">The device or the file.</param>
    void OnError(Exception error, string source);

    /// <summary>Receives a warning as a text for the user.</summary>
    void OnWarning(string message);

    /// <summary>Receives the progress of a source; called at most a few times a second.</summary>
    void OnProgress(FlowProgress progress);
}
