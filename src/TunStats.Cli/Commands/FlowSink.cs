using System;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary>Takes windows; errors and warnings go to standard error.</summary>
internal abstract class FlowSink(FlowOutput output) : IFlowSink
{
    internal int Errors { get; private set; }

    /// <summary>The text of an error of one source.</summary>
    internal static string Describe(Exception error, string source) => error switch
    {
        // It names the call that failed, which may have nothing to do with a file.
        DescriptorException when error.Message.Contains(source, StringComparison.Ordinal) => error.Message,
        DescriptorException => $"{source}: {error.Message}",
        _ when FileErrors.IsFileError(error) => FileErrors.Describe(error, source),
        _ => error.Message,
    };

    private protected FlowOutput Output => output;

    public abstract void OnReport(FlowReport report);

    public void OnError(Exception error, string source)
    {
        Errors++;
        output.Messages.Complain(Describe(error, source));
    }

    public void OnWarning(string message) => output.Messages.Warn(message);

    public void OnProgress(FlowProgress progress)
    {
        // A program of pipes and files shows none.
    }
}
