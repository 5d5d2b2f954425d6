using System;
using System.Collections.Concurrent;
using TunStats.Flows;
using TunStats.Logging;
using TunStats.NetLog;
using TunStats.Peers;

namespace TunStats.Tests.Logging;

/// <summary>Keeps what a logger has to say.</summary>
internal sealed class RecordingObserver : INetLoggerObserver
{
    internal ConcurrentQueue<NetLogMessage> Messages { get; } = [];

    internal ConcurrentQueue<string> Warnings { get; } = [];

    internal ConcurrentQueue<Exception> Errors { get; } = [];

    internal ConcurrentQueue<PeerPathChange> PathChanges { get; } = [];

    internal bool KeepsMessages { get; init; } = true;

    /// <summary>Called with each window.</summary>
    internal Action<FlowReport>? Then { get; set; }

    public void OnMessage(NetLogMessage message)
    {
        if (KeepsMessages)
        {
            Messages.Enqueue(message);
        }
    }

    public void OnWindow(FlowReport report) => Then?.Invoke(report);

    public void OnPathChange(PeerPathChange change) => PathChanges.Enqueue(change);

    public void OnError(Exception error, string source) => Errors.Enqueue(error);

    public void OnWarning(string message) => Warnings.Enqueue(message);
}
