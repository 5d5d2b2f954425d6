using System;
using TunStats.IO;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>Samples go to standard output, all that is to be told about them to standard error.</summary>
internal sealed class PollSink(
    ISampleWriter writer, QueuedOutput output, Messages messages, DropCommand? onDrop) : ILinkPollerSink
{
    // The garbage collector's default budget follows the CPU cache: tens of MiB that a small program would grow to.
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

    // Write all samples of a tick at once.
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
