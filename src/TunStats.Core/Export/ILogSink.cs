using System;
using System.Collections.Generic;
using System.Threading;

namespace TunStats.Export;

/// <summary>One destination of a logger. Called by one thread only; may block.</summary>
internal interface ILogSink : IDisposable
{
    /// <summary>What and where it is, such as "file /var/log/x.jsonl" or "http host:port"; never a secret.</summary>
    string Name { get; }

    /// <summary>Whether it reads <see cref="LogEntry.Message"/>; else the queue keeps only lines.</summary>
    bool UsesMessages { get; }

    /// <summary>Takes entries in their order. Only when this returns are they in the destination's hands.</summary>
    /// <param name="batch">At least one entry; valid until this returns.</param>
    /// <param name="cancellationToken">Ends waiting for the destination.</param>
    /// <exception cref="LogSinkException">Not all were taken; it says how many were, and whether to retry.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; entries may be taken or not.</exception>
    void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken);

    /// <summary>
    /// Called for a message that its queue had no room for, on the thread that adds messages: must not wait.
    /// </summary>
    void CountDropped(LogEntry entry)
    {
    }

    /// <summary>Called where nothing is queued: whatever the sink holds back goes out now.</summary>
    /// <exception cref="LogSinkException">It could not; it is called again.</exception>
    void Flush(CancellationToken cancellationToken);

    /// <summary>Opens its file anew (SIGHUP); nothing for a sink without one.</summary>
    /// <exception cref="LogSinkException">It could not; what was open stays open.</exception>
    void Reopen();
}
