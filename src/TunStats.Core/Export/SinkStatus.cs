using System;
using System.Globalization;

namespace TunStats.Export;

/// <summary>What a sink has done so far. An immutable snapshot.</summary>
public sealed record SinkStatus
{
    /// <summary>What and where it is; never a secret.</summary>
    public required string Name { get; init; }

    /// <summary>Messages that wait in memory.</summary>
    public long QueuedMessages { get; init; }

    /// <summary>Bytes of these messages as JSON.</summary>
    public long QueuedBytes { get; init; }

    /// <summary>Messages that wait on disk.</summary>
    public long SpooledMessages { get; init; }

    /// <summary>Bytes of these messages as JSON.</summary>
    public long SpooledBytes { get; init; }

    /// <summary>Messages in the destination's hands.</summary>
    public long SentMessages { get; init; }

    /// <summary>Bytes of these messages as JSON, before compression.</summary>
    public long SentBytes { get; init; }

    /// <summary>Messages that were dropped.</summary>
    public SinkDrops Drops { get; init; } = new();

    /// <summary>Attempts that failed and were repeated.</summary>
    public long Retries { get; init; }

    /// <summary>Whether the last attempt failed.</summary>
    public bool IsFailing { get; init; }

    /// <summary>The last error, as a sentence; null if there was none.</summary>
    public string? LastError { get; init; }

    /// <summary>When the last error was, UTC.</summary>
    public DateTime? LastErrorTime { get; init; }

    /// <summary>When the destination last took messages, UTC.</summary>
    public DateTime? LastSuccessTime { get; init; }

    /// <summary>The sink and its counts of messages: <c>file log.json: 8 sent, 2 queued, 1 dropped</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {SentMessages} sent, {QueuedMessages + SpooledMessages} queued, {Drops.Total} dropped");
}
