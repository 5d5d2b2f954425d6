using System;
using System.Threading;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>Samples go to standard output, all that is to be told about them to standard error.</summary>
internal sealed class PollSink(ISampleWriter writer, CancellationToken cancellationToken) : ILinkPollerSink
{
    internal int Errors { get; private set; }

    public bool WantsSamples => true;

    public void OnSample(LinkSample sample) => writer.Write(sample, cancellationToken);

    public void OnError(Exception error, string? device)
    {
        Errors++;
        Program.Complain(error.Message);
    }

    public void OnWarning(string message) => Program.Complain($"warning: {message}");

    public void OnLinkEvent(string message) => Program.Complain(message);
}
