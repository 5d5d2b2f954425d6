using System.Buffers;
using System.Buffers.Text;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Export;

/// <summary>
/// Makes the line of an entry, once for all sinks:
/// <c>{"logger":"ID","sequence":1,"logs":[{ the message }]}</c>, and of a gap
/// <c>{"logger":"ID","sequence":9,"time":"…","gap":{"first":5,"last":9,"messages":5,"reason":"…"},"logs":[]}</c>. A
/// reader of messages takes the former and passes over the latter. One thread at a time.
/// </summary>
/// <param name="logger">The id of the logger's run.</param>
/// <param name="schema">How the messages are written.</param>
internal sealed class LogEntryWriter(string logger, NetLogSchema schema = NetLogSchema.V1)
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Makes the entry of a message.</summary>
    internal LogEntry Write(long sequence, NetLogMessage message)
    {
        WriteHead(_buffer, logger, sequence);
        _buffer.Write(",\"logs\":["u8);
        NetLogJsonWriter.Write(_buffer, message, schema);
        _buffer.Write("]}\n"u8);
        byte[] line = _buffer.WrittenSpan.ToArray();
        _buffer.ResetWrittenCount();
        return new LogEntry(logger, sequence, message.EndTime, message, line);
    }

    /// <summary>Makes the entry of a gap.</summary>
    internal static LogEntry WriteGap(string logger, in LogGap gap, NanoTime time)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        WriteHead(buffer, logger, gap.Last);
        buffer.Write(",\"time\":\""u8);
        buffer.Advance(NanoTimeText.Write(time, buffer.GetSpan(NanoTime.MaxTextLength)));
        buffer.Write("\",\"gap\":{\"first\":"u8);
        WriteNumber(buffer, gap.First);
        buffer.Write(",\"last\":"u8);
        WriteNumber(buffer, gap.Last);
        buffer.Write(",\"messages\":"u8);
        WriteNumber(buffer, gap.Messages);
        buffer.Write(",\"reason\":"u8);
        JsonTextWriter.Write(buffer, gap.Reason);
        buffer.Write("},\"logs\":[]}\n"u8);
        return new LogEntry(logger, gap.Last, time, null, buffer.WrittenMemory) { IsGap = true };
    }

    private static void WriteHead(ArrayBufferWriter<byte> buffer, string logger, long sequence)
    {
        buffer.Write("{\"logger\":"u8);
        JsonTextWriter.Write(buffer, logger);
        buffer.Write(",\"sequence\":"u8);
        WriteNumber(buffer, sequence);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> buffer, long number)
    {
        Utf8Formatter.TryFormat(number, buffer.GetSpan(20), out int length);
        buffer.Advance(length);
    }
}
