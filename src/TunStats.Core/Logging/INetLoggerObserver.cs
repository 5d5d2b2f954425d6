using System;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Peers;

namespace TunStats.Logging;

/// <summary>
/// Takes what a logger has to say. Messages and windows come on the thread that runs the logger, the rest on any
/// thread. Whatever blocks here holds up the messages of the next windows, never the capture.
/// </summary>
internal interface INetLoggerObserver
{
    /// <summary>Takes a message, after it was queued for the sinks.</summary>
    void OnMessage(NetLogMessage message);

    /// <summary>Takes the end of a window, after its messages; the report is closed when this returns.</summary>
    void OnWindow(FlowReport report);

    /// <summary>Takes a change of the path to a peer, such as from direct to a relay.</summary>
    void OnPathChange(PeerPathChange change);

    /// <summary>Takes an error of one source; the others go on.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="source">The device or the file.</param>
    void OnError(Exception error, string source);

    /// <summary>Takes a warning, as a whole text for the user.</summary>
    void OnWarning(string message);
}
