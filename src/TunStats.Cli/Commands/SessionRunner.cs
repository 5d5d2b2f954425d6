using System;
using TunStats.Interop;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary>Runs a flow session into a sink.</summary>
internal static class SessionRunner
{
    /// <summary>Counts.</summary>
    /// <param name="options">What.</param>
    /// <param name="output">Where lines and messages go.</param>
    /// <param name="sink">Takes the windows; its errors make the exit code.</param>
    /// <param name="opened">Called with the session before it runs.</param>
    /// <returns>The exit code: 1 where an error was reported, else 0.</returns>
    internal static int Run(
        FlowSessionOptions options, FlowOutput output, FlowSink sink, Action<FlowSession>? opened = null)
    {
        UntilTheEnd(output, () =>
        {
            using var session = FlowSession.Open(options, sink, cancellationToken: output.Stop);
            opened?.Invoke(session);
            session.Run(output.Stop);
        });
        return sink.Errors == 0 ? 0 : 1;
    }

    /// <summary>Runs a session until it ends, it is stopped, or whoever read the output has read enough.</summary>
    internal static void UntilTheEnd(FlowOutput output, Action run)
    {
        try
        {
            run();
            output.Complete();
        }
        catch (OperationCanceledException) when (output.Stop.IsCancellationRequested)
        {
            // Stopped before there was anything to count.
        }
        catch (DescriptorException e) when (e.Errno == Errno.EPIPE)
        {
            // Whoever read the output has read enough.
        }
    }
}
