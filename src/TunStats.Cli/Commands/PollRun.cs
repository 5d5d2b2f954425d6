using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary>
/// One run of <c>tunstats poll</c>, until its polls are done, SIGTERM or SIGINT comes, or nobody reads any more.
/// </summary>
internal static class PollRun
{
    private const int StandardOutput = 1;

    /// <summary>Polls, on the calling thread.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>
    /// The exit code: 0 where it was told to end; after its last poll 1 where an error was told on the way, else 0.
    /// </returns>
    /// <exception cref="MetricsFileException">The metrics file cannot be written; nothing was polled.</exception>
    /// <exception cref="MetricsEndpointException">The address cannot be had; nothing was polled.</exception>
    /// <exception cref="NetworkNamespaceException">There is no such namespace; nothing was polled.</exception>
    internal static int Run(PollSettings settings, TimeProvider timeProvider)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

        MetricsFile? file = settings.MetricsFile is { } path ? MetricsFile.Create(path) : null;
        ProbeNamespace(settings.Options.NetworkNamespace);
        PollerMetrics? metrics = settings.Options.Metrics;
        using MetricsEndpoint? endpoint = settings.MetricsAddress is { } address
            ? Serve(address, metrics!)
            : null;
        using MetricsFileWriter? fileWriter = file is null
            ? null
            : new MetricsFileWriter(file, metrics!, m => Program.Complain($"warning: {m}"));
        using var output = new DescriptorOutput(new SafeFileDescriptor(StandardOutput), timeProvider);
        using SampleJsonWriter? json = settings.IsJson ? new SampleJsonWriter(output) : null;
        ISampleWriter writer = json is null ? new SampleTableWriter(output) : json;
        var sink = new PollSink(writer, output, stop.Token);
        using var poller = new LinkPoller(settings.Options, sink, timeProvider);
        try
        {
            poller.Run(stop.Token);
            return sink.Errors == 0 ? 0 : 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (IOException e) when (e.HResult == (int)Errno.EPIPE)
        {
            // Whoever read the samples has read enough.
            return 0;
        }
        catch (IOException e)
        {
            Program.Complain($"the samples cannot be written to standard output: {e.Message}");
            return 1;
        }

        void End(PosixSignalContext signal)
        {
            // Not the signal's own end of the process: what is open is closed, and the metrics file removed.
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>A namespace that is not there may come later; one that was never there is a slip.</summary>
    private static void ProbeNamespace(string? space)
    {
        using NetworkNamespace? there = space is null ? null : NetworkNamespace.Open(space);
        LinkClient.Open(there).Dispose();
    }

    private static MetricsEndpoint Serve(MetricsEndpointAddress address, PollerMetrics metrics)
    {
        MetricsEndpoint endpoint = MetricsEndpoint.Open(address, metrics);
        Program.Complain($"the metrics are at {endpoint.Url}");
        if (!address.IsLoopback)
        {
            Program.Complain(
                $"warning: other machines can read the metrics at {endpoint.Url}: nothing asks who they are. Let a "
                + "firewall say who may.");
        }

        return endpoint;
    }
}
