using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Flows;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.NetLog;
using TunStats.Packets;

namespace TunStats.Sessions;

/// <summary>
/// Counts the connections of devices, capture files and connection tracking, gives them their classes, and hands them
/// to a sink window by window. Everything that can be wrong with the options, names and routes is found before the
/// first packet counts; the first window begins when a session was opened.
/// </summary>
/// <remarks>
/// Each source runs on a thread of its own. Files are read one after another; devices never wait for the sink: windows
/// that it does not take in time are dropped and counted.
/// </remarks>
public sealed class FlowSession : IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private readonly FlowSessionOptions _options;
    private readonly IFlowSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly FlowClasses _classes;
    private readonly List<IFlowSource> _live = [];
    private readonly List<IFlowSource> _files = [];
    private readonly WarningLimit _warnings;
    private readonly CancellationTokenSource _closing = new();
    private bool _isDisposed;

    private FlowSession(FlowSessionOptions options, IFlowSink sink, TimeProvider timeProvider)
    {
        _options = options;
        _sink = sink;
        _timeProvider = timeProvider;
        _classes = new FlowClasses(options, timeProvider);
        _warnings = new WarningLimit(timeProvider);
    }

    /// <summary>Whether there is anything to count: a wildcard without a match is not an error.</summary>
    public bool HasSources => _live.Count + _files.Count > 0;

    /// <summary>Resolves every name, checks every option and reads the routes.</summary>
    /// <param name="options">What to count, and how.</param>
    /// <param name="sink">
    /// Takes what is counted. An input that is missing or cannot be opened is an error of its own; the others go on.
    /// </param>
    /// <param name="timeProvider">The clocks; null for the system's.</param>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <exception cref="ClassifierException">A prefix or a route file is not valid, or there is no route.</exception>
    /// <exception cref="ConntrackException">Connection tracking cannot be counted.</exception>
    /// <exception cref="NetlinkException">The kernel could not be asked.</exception>
    /// <exception cref="NetworkNamespaceException">The namespace may not be entered.</exception>
    public static FlowSession Open(
        FlowSessionOptions options,
        IFlowSink sink,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sink);
        CheckLength(options.Interval, nameof(options.Interval));
        CheckLength(options.Duration, nameof(options.Duration));
        var session = new FlowSession(options, sink, timeProvider ?? TimeProvider.System);
        try
        {
            session.OpenSources(cancellationToken);
            session._live.ForEach(source => source.Begin(cancellationToken));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Counts until every source is done, or the token is cancelled: then the windows under way are handed out as the
    /// last.
    /// </summary>
    /// <param name="cancellationToken">Ends the windows under way.</param>
    public void Run(CancellationToken cancellationToken = default)
    {
        if (!HasSources)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<IFlowSource[]> groups = [.. _live.Select(source => (IFlowSource[])[source])];
        if (_files.Count > 0)
        {
            groups.Add([.. _files]);
        }

        var queue = new FlowQueue(groups.Count);
        Thread[] threads = [.. groups.Select(group => new Thread(() => CountAll(group, queue, stop.Token))
        {
            IsBackground = true,
            Name = "TunStats flows",
        })];
        Array.ForEach(threads, thread => thread.Start());
        try
        {
            Deliver(queue, cancellationToken);
        }
        finally
        {
            // The sink may have thrown: what is still to come is dropped, so that no thread is left waiting.
            stop.Cancel();
            queue.Abandon();
            Array.ForEach(threads, thread => thread.Join());
        }
    }

    /// <summary>What gives the flows of a source their class now; null where they are not to be classified.</summary>
    /// <param name="source">The device or the file, as a report's window names it.</param>
    public FlowClassifier? ClassifierOf(string? source) => _classes.Current(source);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _closing.Cancel();
        _live.ForEach(source => source.Dispose());
        _files.ForEach(source => source.Dispose());
        _live.Clear();
        _files.Clear();
        _classes.Dispose();
        _closing.Dispose();
    }

    private static void CheckLength(TimeSpan? length, string name)
    {
        if (length < FlowMeterOptions.MinInterval || length > FlowMeterOptions.MaxInterval)
        {
            throw new ArgumentOutOfRangeException(name, length, "A window may be from 10 ms to 1 day long.");
        }
    }

    private static void CountAll(IFlowSource[] sources, FlowQueue queue, CancellationToken stop)
    {
        try
        {
            Array.ForEach(sources, source => Count(source, queue, stop));
        }
        finally
        {
            queue.End();
        }
    }

    private static void Count(IFlowSource source, FlowQueue queue, CancellationToken stop)
    {
        if (!source.IsLive && stop.IsCancellationRequested)
        {
            return;
        }

        try
        {
            source.Run(queue, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped before there was anything to hand out.
        }
        catch (Exception e)
        {
            // The thread's last frame: the thread that runs the session decides.
            queue.Post(e, source.Name);
        }
    }

    private void OpenSources(CancellationToken cancellationToken)
    {
        using NetworkNamespace? space =
            _options.NetworkNamespace is { } text ? NetworkNamespace.Open(text) : null;
        using var inputs = new FlowInputs(space, _timeProvider, _sink, cancellationToken);
        foreach (FlowInput input in _options.Inputs)
        {
            if (input.Kind == FlowInputKind.Conntrack)
            {
                _classes.OpenOthers("Connection tracking", _sink.OnWarning);
                ConntrackMonitor monitor = ConntrackMonitor.Open(space, _options.Conntrack, _timeProvider);
                _live.Add(new ConntrackFlowSource(monitor, _options, _timeProvider));
            }
            else
            {
                inputs.Resolve(input);
            }
        }

        foreach (string file in inputs.Files)
        {
            _classes.OpenOthers(file, _sink.OnWarning);
            _files.Add(new FileFlowSource(file, _options));
        }

        var ringOptions = new PacketRingOptions
        {
            Bytes = RingBudget.PerDevice(Math.Max(1, inputs.Devices.Count), _options.RingBytes),
            Warn = _sink.OnWarning,
        };
        foreach (string device in inputs.Devices)
        {
            inputs.Guard(device, () =>
            {
                // Routes first: they are those of the first packet.
                _classes.OpenDevice(device, _sink.OnWarning, _closing.Token);
                PacketRing ring = PacketRing.Open(device, space, _timeProvider, ringOptions);
                _live.Add(new DeviceFlowSource(ring, _options, _timeProvider));
            });
        }
    }

    private void Deliver(FlowQueue queue, CancellationToken cancellationToken)
    {
        long started = _timeProvider.GetTimestamp();
        while (queue.TryTake(ProgressInterval, out FlowQueue.Item? item))
        {
            if (item?.Report is { } report)
            {
                using (report)
                {
                    Deliver(report);
                }
            }
            else if (item?.Error is { } error)
            {
                Report(error, item.Source);
            }
            else if (item?.Warning is { } warning)
            {
                Warn(warning, warning);
            }

            if (queue.TakeDropped() is { Windows: > 0 } dropped)
            {
                Warn("dropped", FlowWarnings.Dropped(dropped));
            }

            if (queue.TakeProgress() is { } progress)
            {
                _sink.OnProgress(progress);
            }
            else if (item is null && !cancellationToken.IsCancellationRequested && _live.Count > 0)
            {
                _sink.OnProgress(LiveProgress(_timeProvider.GetElapsedTime(started)));
            }
        }

        foreach (string text in _warnings.TakeRest())
        {
            _sink.OnWarning(text);
        }
    }

    private void Report(Exception error, string source)
    {
        if (error is not (LinkException or PacketRingException or CaptureFormatException or ConntrackException
            or NetlinkException or NetworkNamespaceException or IOException or UnauthorizedAccessException))
        {
            // A defect, not something that happens to one source.
            ExceptionDispatchInfo.Throw(error);
        }

        _sink.OnError(error, source);
    }

    private void Deliver(FlowReport report)
    {
        string source = report.Window.Source ?? "";
        if (report.PacketsLost > 0)
        {
            Warn($"lost {source}", FlowWarnings.PacketsLost(source, report.PacketsLost));
        }

        if (!report.Overflow.IsZero)
        {
            Warn($"overflow {source}", FlowWarnings.Overflow(report, _options.Capacity));
        }

        bool isLive = _live.Exists(live => live.Name == source);
        report.Top = _options.Top ?? (isLive ? int.MaxValue : null);
        report.Classify = _classes.Of(report, text => Warn($"routes {source}", text));
        _sink.OnReport(report);
    }

    private void Warn(string kind, string text)
    {
        if (_warnings.Admit(kind, text) is { } admitted)
        {
            _sink.OnWarning(admitted);
        }
    }

    private FlowProgress LiveProgress(TimeSpan elapsed) => new(
        string.Join(", ", _live.Select(source => source.Name)),
        _options.LiveDuration is { } all
            ? $"counting for {elapsed.TotalSeconds:0} of {all.TotalSeconds:0} s"
            : $"counting for {elapsed.TotalSeconds:0} s",
        _options.LiveDuration is { } length ? Math.Min(1, elapsed / length) : null);
}
