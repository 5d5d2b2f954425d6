using System;
using System.Buffers;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Logging;
using TunStats.NetLog;
using TunStats.Peers;

namespace TunStats.Cli.Commands;

/// <summary>
/// What a logger has to say: errors and warnings on standard error and, where there is no other destination, one line
/// of JSON for each message on standard output.
/// </summary>
/// <param name="output">Where lines and messages go.</param>
/// <param name="schema">How messages are written.</param>
/// <param name="writesLines">Whether messages go to standard output.</param>
/// <param name="hasEnvelope">Whether lines have the logger's id and a sequence number.</param>
internal sealed class NetLogSink(FlowOutput output, NetLogSchema schema, bool writesLines, bool hasEnvelope)
    : INetLoggerObserver
{
    // Entries and lines of a large window are large objects, which the collector would leave until there are many.
    private const long GarbageBytes = 8 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _json = new();
    private long _collectedAt;

    internal int Errors { get; private set; }

    public void OnMessage(NetLogMessage message)
    {
        CollectGarbage();
        if (!writesLines)
        {
            return;
        }

        if (hasEnvelope)
        {
            output.Write(new LogEntryWriter(message.LoggerId, schema).Write(message.Sequence ?? 0, message).Line.Span);
        }
        else
        {
            _json.ResetWrittenCount();
            NetLogJsonWriter.Write(_json, message, schema);
            _json.Write("\n"u8);
            output.Write(_json.WrittenSpan);
        }

        output.Flush();
    }

    public void OnWindow(FlowReport report) => CollectGarbage();

    private void CollectGarbage()
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        if (allocated - _collectedAt > GarbageBytes)
        {
            _collectedAt = allocated;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        }
    }

    public void OnPathChange(PeerPathChange change) => output.Messages.Complain(change.ToString());

    public void OnError(Exception error, string source)
    {
        Errors++;
        output.Messages.Complain(FlowSink.Describe(error, source));
    }

    public void OnWarning(string message) => output.Messages.Warn(message);
}
