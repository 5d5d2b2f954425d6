using System;
using TunStats.Flows;

namespace TunStats.Sessions;

/// <summary>
/// Takes what a session counts: the pipeline, a job, a table, lines of JSON, messages. Called by the thread that runs
/// the session, alone. An exception ends the session.
/// </summary>
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

    /// <summary>Takes news of how far a source is; called at most a few times a second.</summary>
    void OnProgress(FlowProgress progress);
}
