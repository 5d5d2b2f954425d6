using System;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>One message of a logger, or a gap among them, as sinks take it.</summary>
/// <param name="Logger">The id of the logger's run; sequence numbers count within it.</param>
/// <param name="Sequence">The number of the message; of a gap, the last number that is missing.</param>
/// <param name="Time">The end of the message's window; of a gap, when its last message was dropped.</param>
/// <param name="Message">The message; null for a gap and for an entry that a spool kept.</param>
/// <param name="Line">One line of JSON with its line feed, see <see cref="LogEntryWriter"/>.</param>
internal sealed record LogEntry(
    string Logger, long Sequence, NanoTime Time, NetLogMessage? Message, ReadOnlyMemory<byte> Line)
{
    /// <summary>Whether this stands for messages that are missing.</summary>
    internal bool IsGap { get; init; }
}
