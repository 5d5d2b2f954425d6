using System;
using System.Collections.Generic;
using TunStats.Flows;
using TunStats.Logging;
using TunStats.NetLog;
using TunStats.Peers;

namespace TunStats.PowerShell.Commands;

/// <summary>
/// Keeps what a logger has to say while it opens, which may come from any thread, until the cmdlet takes it.
/// </summary>
internal sealed class NetLoggerRelay : INetLoggerObserver
{
    private readonly object _gate = new();
    private readonly List<(Exception? Error, string Text)> _kept = [];

    /// <summary>Takes the errors, with their sources, and the warnings since the last call.</summary>
    internal (Exception? Error, string Text)[] Take()
    {
        lock (_gate)
        {
            (Exception?, string)[] kept = [.. _kept];
            _kept.Clear();
            return kept;
        }
    }

    public void OnMessage(NetLogMessage message) => throw NotRunning();

    public void OnWindow(FlowReport report) => throw NotRunning();

    public void OnPathChange(PeerPathChange change)
    {
        // The first look has nothing to compare with.
    }

    public void OnError(Exception error, string source) => Keep(error, source);

    public void OnWarning(string message) => Keep(null, message);

    private static InvalidOperationException NotRunning() => new("A logger that does not run has no windows.");

    private void Keep(Exception? error, string text)
    {
        lock (_gate)
        {
            _kept.Add((error, text));
        }
    }
}
