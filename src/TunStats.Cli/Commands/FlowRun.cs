using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Packets;
using TunStats.Routes;

namespace TunStats.Cli.Commands;

/// <summary>Counts files, then devices, into one sink; SIGTERM and SIGINT end the windows under way.</summary>
internal static class FlowRun
{
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(5);

    /// <summary>Counts.</summary>
    /// <param name="settings">What.</param>
    /// <param name="sink">Takes the windows; its errors make the exit code.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="finish">Called at the end, also after a signal; not where nobody reads any more.</param>
    /// <returns>The exit code: 1 where an error was told, else 0.</returns>
    internal static int Run(FlowSettings settings, FlowSink sink, TimeProvider timeProvider, Action finish)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        try
        {
            Count(settings, sink, timeProvider, stop.Token);
            finish();
            return sink.Errors == 0 ? 0 : 1;
        }
        catch (DescriptorException e) when (e.Errno == Errno.EPIPE)
        {
            // Whoever read the output has read enough.
            return 0;
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static void Count(
        FlowSettings settings, FlowSink sink, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using NetworkNamespace? space =
            settings.NetworkNamespace is { } text ? NetworkNamespace.Open(text) : null;
        List<string> devices = [];
        foreach (string source in settings.Sources)
        {
            // A device's name has no slash; a file of a device's name is reached by ./NAME.
            if (source.Contains('/', StringComparison.Ordinal)
                || (File.Exists(source) && !Directory.Exists($"/sys/class/net/{source}")))
            {
                CountFile(source, settings, sink, cancellationToken);
            }
            else
            {
                devices.Add(source);
            }
        }

        TimeSpan interval = settings.Interval ?? settings.Duration ?? DefaultDuration;

        // A duration that is no multiple of the windows cuts the last one short.
        bool isWhole = settings.Duration is { } whole && whole.Ticks % interval.Ticks == 0;
        using var end = settings.Duration is { } time && !isWhole
            ? new CancellationTokenSource(time, timeProvider)
            : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, end.Token);
        var options = new FlowMeterOptions
        {
            Interval = interval,
            Count = settings.Duration is { } all && isWhole ? (int)Math.Max(1, all / interval)
                : settings.Interval is null ? 1
                : null,
            Top = settings.Top ?? int.MaxValue,
        };
        using var capture = new DeviceFlowCapture(options, sink, timeProvider);
        capture.Open(devices, space, cancellationToken);
        capture.Run(either.Token);
    }

    private static void CountFile(
        string path, FlowSettings settings, FlowSink sink, CancellationToken cancellationToken)
    {
        var capture = new CaptureOptions
        {
            LocalAddresses = settings.LocalAddresses.Count > 0 ? settings.LocalAddresses : null,
            InterfaceAddresses = InterfaceAddresses.Of,
            Warn = warning => sink.OnWarning(warning.Message),
        };
        var options = new FlowMeterOptions
        {
            Interval = settings.Interval,
            Top = settings.Top,
            Warn = sink.OnWarning,
        };
        CaptureReader reader;
        try
        {
            reader = CaptureReader.Open(path, capture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            sink.OnError(e, path);
            return;
        }

        using (reader)
        {
            using IEnumerator<FlowReport> reports =
                FileFlowMeter.Read(reader, options, cancellationToken).GetEnumerator();
            while (TryNext(reports, path, sink, cancellationToken))
            {
                using FlowReport report = reports.Current;
                sink.OnReport(report);
            }
        }
    }

    // Apart from the writing, whose own errors end the program.
    private static bool TryNext(
        IEnumerator<FlowReport> reports, string path, FlowSink sink, CancellationToken cancellationToken)
    {
        try
        {
            return reports.MoveNext();
        }
        catch (Exception e) when (e is CaptureFormatException or IOException or UnauthorizedAccessException)
        {
            sink.OnError(e, path);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            sink.OnWarning($"{path}: told to end before the end of the capture; what was read is counted");
        }

        return false;
    }
}
