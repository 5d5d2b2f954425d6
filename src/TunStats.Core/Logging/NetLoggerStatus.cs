using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TunStats.Export;
using TunStats.IO;

namespace TunStats.Logging;

/// <summary>What a logger has done so far. An immutable snapshot.</summary>
public sealed record NetLoggerStatus
{
    /// <summary>What users call it, such as the name of its job.</summary>
    public required string Name { get; init; }

    /// <summary>The id of this run; sequence numbers of messages count within it.</summary>
    public required string LoggerId { get; init; }

    /// <summary>The devices that it logs.</summary>
    public required string Device { get; init; }

    /// <summary>The devices' network namespace, as it was named; null for the logger's own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTime Since { get; init; }

    /// <summary>Windows that ended, empty ones too.</summary>
    public long Windows { get; init; }

    /// <summary>The end of the last window, UTC; null before the first.</summary>
    public DateTime? LastWindow { get; init; }

    /// <summary>Connections in all windows.</summary>
    public long Flows { get; init; }

    /// <summary>Messages that were made.</summary>
    public long Messages { get; init; }

    /// <summary>Bytes of these messages as lines of JSON.</summary>
    public long Bytes { get; init; }

    /// <summary>Packets that were not counted because a ring was full.</summary>
    public ulong PacketsLost { get; init; }

    /// <summary>The sinks, in the order of the options.</summary>
    public IReadOnlyList<SinkStatus> Sinks { get; init; } = [];

    /// <summary>Messages that wait for a sink, in memory or on disk.</summary>
    public long Queued => Sinks.Sum(sink => sink.QueuedMessages + sink.SpooledMessages);

    /// <summary>Messages that sinks dropped, whatever the cause.</summary>
    public long Dropped => Sinks.Sum(sink => sink.Drops.Total);

    /// <summary>The devices and the counts of messages: <c>wg0: 8 messages, 2 queued, 1 dropped</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Device}: {CountText.Of(Messages, "message", "messages")}, {Queued} queued, {Dropped} dropped");
}
