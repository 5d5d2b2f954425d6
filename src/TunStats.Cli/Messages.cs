using System;
using System.Text;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Cli;

/// <summary>
/// The messages of a running command on standard error, one line each. It never waits for a reader: what does not fit
/// is dropped, counted, and reported when there is room.
/// </summary>
internal sealed class Messages : IDisposable
{
    private readonly QueuedOutput _output;

    internal Messages(TimeProvider timeProvider) => _output = new QueuedOutput(
        StandardDescriptors.Borrow(StandardDescriptors.Error),
        OutputPolicy.Drop,
        timeProvider,
        count => Warn(
            $"{CountText.Of(count, "message was", "messages were")} dropped: nobody read standard error"));

    /// <summary>Makes the line of a message, safe for a terminal.</summary>
    internal static byte[] Line(string message) =>
        Encoding.UTF8.GetBytes($"tunstats: {PrintableText.Escape(message)}\n");

    /// <summary>Queues an error or a notice.</summary>
    internal void Complain(string message)
    {
        _output.Write(Line(message));
        _output.Flush();
    }

    /// <summary>Queues a warning.</summary>
    internal void Warn(string message) => Complain($"warning: {message}");

    /// <summary>Says why lines of standard output begin to be lost.</summary>
    internal void ReportFailure(Errno errno) => Warn(
        $"standard output takes no more: {Libc.ErrorText(errno)}; lines are dropped and counted until it does");

    /// <summary>Says how many lines of standard output were lost.</summary>
    internal void ReportDrops(long lines)
    {
        if (lines > 0)
        {
            Warn($"{CountText.Of(lines, "line was", "lines were")} not written: standard output took no more");
        }
    }

    /// <summary>Gives queued messages 0.2 s to be written.</summary>
    public void Dispose()
    {
        _output.Complete(new CancellationToken(canceled: true));
        _output.Dispose();
    }
}
