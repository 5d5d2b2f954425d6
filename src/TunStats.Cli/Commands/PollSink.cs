using System;
using TunStats.IO;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>Samples go to standard output, all that is to be told about them to standard error.</summary>
internal sealed class PollSink(
    ISampleWriter writer, QueuedOutput output, Messages messages, DropCommand? onDrop) : ILinkPollerSink
{
    // The collector's own idea of enough follows the size of the processor's cache: tens of MiB that a program that
    // holds next to nothing would come to take.
    private const long GarbageBytes = 2 * 1024 * 1024;

    private long _collectedAt;

    internal int Errors { get; private set; }

    public bool WantsSamples => true;

    public long DroppedSamples => output.Dropped;

    public void OnSample(LinkSample sample)
    {
        writer.Write(sample);
        onDrop?.Add(sample);
    }

    // A tick's samples go out together, and at once.
    public void OnPolled()
    {
        output.Flush();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        if (allocated - _collectedAt > GarbageBytes)
        {
            _collectedAt = allocated;
            GC.Collect(0, GCCollectionMode.Forced);
        }
    }

    public void OnError(Exception error, string? device)
    {
        Errors++;
        messages.Complain(error.Message);
    }

    public void OnWarning(string message) => messages.Warn(message);

    public void OnLinkEvent(string message) => messages.Complain(message);
}
