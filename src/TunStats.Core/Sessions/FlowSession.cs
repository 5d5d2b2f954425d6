using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Capture;
using TunStats.Classes;
using TunStats.Conntrack;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Netlink;

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

    // Nobody needs to be told that something goes on before this.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly IFlowSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly NetworkNamespaceWatch? _namespace;
    private FlowSessionOptions _options;
    private FlowClasses _classes;
    private readonly List<IFlowSource> _live = [];
    private readonly List<IFlowSource> _files = [];
    private readonly WarningLimit _warnings;
    private readonly CancellationTokenSource _closing = new();
    private bool _isDisposed;

    private FlowSession(FlowSessionOptions options, IFlowSink sink, TimeProvider timeProvider)
    {
        _options = options with { Classes = options.Classes ?? (options.Peers is null ? null : new()) };
        _sink = sink;
        _timeProvider = timeProvider;
        _namespace = options.NetworkNamespace is { } text ? new NetworkNamespaceWatch(text) : null;
        _classes = new FlowClasses(_options, timeProvider);
        _warnings = new WarningLimit(timeProvider);
    }

    /// <summary>Whether there is anything to count: a wildcard without a match is not an error.</summary>
    public bool HasSources => _live.Count + _files.Count > 0;

    /// <summary>Whether a device or connection tracking is counted.</summary>
    internal bool HasLive => _live.Count > 0;

    /// <summary>How many capture files are read.</summary>
    internal int FileCount => _files.Count;

    /// <summary>The devices, and connection tracking, that are counted.</summary>
    internal IEnumerable<string> LiveSources => _live.Select(source => source.Name);

    /// <summary>Resolves every name, checks every option and reads the routes.</summary>
    /// <param name="options">What to count, and how.</param>
    /// <param name="sink">
    /// Takes what is counted. An input that is missing or cannot be opened is an error of its own; the others go on.
    /// </param>
    /// <param name="timeProvider">The clocks; null for the system's.</param>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <exception cref="TunStatsException">A prefix or a route file is not valid, or there is no route.</exception>
    /// <exception cref="TunStatsException">Connection tracking cannot be counted.</exception>
    /// <exception cref="NetlinkException">The kernel could not be asked.</exception>
    /// <exception cref="TunStatsException">The namespace may not be entered.</exception>
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
            session.OpenSources(options, sink, cancellationToken);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>A session over a source that is open already.</summary>
    internal static FlowSession Of(
        FlowSessionOptions options, IFlowSink sink, TimeProvider timeProvider, IFlowSource source)
    {
        var session = new FlowSession(options, sink, timeProvider);
        session._live.Add(source);
        source.Begin(CancellationToken.None);
        return session;
    }

    /// <summary>
    /// Counts until every source is done, or the token is cancelled: then the windows under way are handed out as the
    /// last. Where the name of the network namespace comes to stand for another one, counting goes on there.
    /// </summary>
    /// <param name="cancellationToken">Ends the windows under way.</param>
    public void Run(CancellationToken cancellationToken = default)
    {
        long started = _timeProvider.GetTimestamp();
        while (HasSources && CountUntilMoved(started, cancellationToken) && !cancellationToken.IsCancellationRequested)
        {
            CloseSources();
            if (!FollowNamespace(started, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>What gives the flows of a source their class now; null where they are not to be classified.</summary>
    /// <param name="source">The device or the file, as a report's window names it.</param>
    public FlowClassifier? ClassifierOf(string? source) => _classes.Current(source);

    /// <summary>
    /// Replaces the routes, route files and overlay ranges that were given; the routes of devices stay. Connections
    /// that are first seen from now on have the classes of the new ones. Any thread may call it.
    /// </summary>
    /// <param name="classes">The new ones; its devices and its namespace are not looked at.</param>
    /// <param name="cancellationToken">Ends the wait for a route file that is a pipe.</param>
    /// <exception cref="TunStatsException">A prefix or a file is not valid; nothing changed.</exception>
    /// <exception cref="InvalidOperationException">The session does not classify.</exception>
    public void Reconfigure(ClassifierOptions classes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classes);
        GivenRoutes given = GivenRoutes.Read(classes, _timeProvider, cancellationToken);
        lock (_gate)
        {
            ClassifierOptions before = _options.Classes
                ?? throw new InvalidOperationException("A session without classes has no routes to replace.");
            _classes.Replace(given);
            _options = _options with { Classes = classes with { Devices = before.Devices } };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _closing.Cancel();
        CloseSources();
        _classes.Dispose();
        _namespace?.Dispose();
        _closing.Dispose();
    }

    private void CloseSources()
    {
        _live.ForEach(source => source.Dispose());
        _files.ForEach(source => source.Dispose());
        _live.Clear();
        _files.Clear();
    }

    /// <summary>Counts; true where it ended because the namespace is another one now.</summary>
    private bool CountUntilMoved(long started, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var stopLive = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        List<(IFlowSource[] Sources, CancellationToken Stop)> groups =
            [.. _live.Select(source => ((IFlowSource[])[source], stopLive.Token))];
        if (_files.Count > 0)
        {
            groups.Add(([.. _files], stop.Token));
        }

        var queue = new FlowQueue(groups.Count);
        Thread[] threads = [.. groups.Select(group => new Thread(() => CountAll(group.Sources, queue, group.Stop))
        {
            IsBackground = true,
            Name = "TunStats flows",
        })];
        Array.ForEach(threads, thread => thread.Start());
        try
        {
            return Deliver(queue, started, stopLive, cancellationToken);
        }
        finally
        {
            // The sink may have thrown: what is still to come is dropped, so that no thread is left waiting.
            stop.Cancel();
            queue.Abandon();
            Array.ForEach(threads, thread => thread.Join());
        }
    }

    /// <summary>Opens the devices again in the namespace that now has the name, as soon as it has any.</summary>
    private bool FollowNamespace(long started, CancellationToken cancellationToken)
    {
        _namespace!.Release();
        lock (_gate)
        {
            _classes.Dispose();
            _classes = new FlowClasses(_options, _timeProvider);
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan? left = _options.LiveDuration - _timeProvider.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            FlowSessionOptions rest = _options with
            {
                Inputs = [.. _options.Inputs.Where(input => input.Kind != FlowInputKind.File)],
                Interval = _options.LiveInterval,
                Duration = left,
                Count = null,
                IsContinuous = true,
            };
            var errors = new FlowErrorCollector(_sink);
            if (TryReopen(rest, errors, cancellationToken))
            {
                errors.Forward();
                return true;
            }

            cancellationToken.WaitHandle.WaitOne(NetworkNamespaceWatch.CheckInterval);
        }

        return false;
    }

    private bool TryReopen(
        FlowSessionOptions options, FlowErrorCollector errors, CancellationToken cancellationToken)
    {
        try
        {
            OpenSources(options, errors, cancellationToken);
            return _live.Count > 0;
        }
        catch (TunStatsException)
        {
            // Not there yet: it is tried again.
            CloseSources();
            _namespace!.Release();
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
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

            // The kernel takes its time to close a ring: those of many devices are closed side by side.
            Array.ForEach(sources, source => source.Dispose());
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

    private void OpenSources(FlowSessionOptions options, IFlowSink sink, CancellationToken cancellationToken)
    {
        NetworkNamespace? space = _namespace?.Open();
        using var inputs = new FlowInputs(space, _timeProvider, sink, cancellationToken);
        foreach (FlowInput input in options.Inputs)
        {
            if (input.Kind == FlowInputKind.Conntrack)
            {
                _classes.OpenOthers("Connection tracking", sink.OnWarning, cancellationToken);
                ConntrackMonitor monitor = ConntrackMonitor.Open(space, options.Conntrack, _timeProvider);
                _live.Add(new ConntrackFlowSource(monitor, options, _timeProvider));
            }
            else
            {
                inputs.Resolve(input);
            }
        }

        foreach (string file in inputs.Files)
        {
            _classes.OpenOthers(file, sink.OnWarning, cancellationToken);
            _files.Add(new FileFlowSource(file, options));
        }

        var ringOptions = new PacketRingOptions
        {
            Bytes = RingBudget.PerDevice(Math.Max(1, inputs.Devices.Count), options.RingBytes),
            Warn = sink.OnWarning,
        };
        // Routes first: they are those of the first packet.
        List<string> devices = [];
        foreach (string device in inputs.Devices)
        {
            inputs.Guard(device, () =>
            {
                _classes.OpenDevice(device, sink.OnWarning, _closing.Token, cancellationToken);
                devices.Add(device);
            });
        }

        var opening = new RingOpening(space, ringOptions, _timeProvider, options.OpenRing);
        foreach ((string device, Func<IPacketRing> take) in opening.Open(devices))
        {
            inputs.Guard(device, () => _live.Add(new DeviceFlowSource(take(), options, _timeProvider)));
        }

        _live.ForEach(source => source.Begin(cancellationToken));
    }

    private bool Deliver(
        FlowQueue queue, long started, CancellationTokenSource stopLive, CancellationToken cancellationToken)
    {
        bool isMoved = false;
        long checkedAt = _timeProvider.GetTimestamp();
        while (queue.TryTake(ProgressInterval, out FlowQueue.Item? item))
        {
            Deliver(item);
            if (queue.TakeDropped() is { Windows: > 0 } dropped)
            {
                Warn("dropped", FlowWarnings.Dropped(dropped));
            }

            TimeSpan elapsed = _timeProvider.GetElapsedTime(started);
            if (queue.TakeProgress() is { } progress)
            {
                _sink.OnProgress(progress);
            }
            else if (item is null && elapsed > SilenceLimit && _live.Count > 0
                && !cancellationToken.IsCancellationRequested)
            {
                _sink.OnProgress(LiveProgress(elapsed));
            }

            if (!isMoved && _timeProvider.GetElapsedTime(checkedAt) >= NetworkNamespaceWatch.CheckInterval)
            {
                checkedAt = _timeProvider.GetTimestamp();
                isMoved = IsNamespaceMoved();
                if (isMoved)
                {
                    stopLive.Cancel();
                }
            }
        }

        foreach (string text in _warnings.TakeRest())
        {
            _sink.OnWarning(text);
        }

        return isMoved;
    }

    private void Deliver(FlowQueue.Item? item)
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
    }

    private bool IsNamespaceMoved()
    {
        NetworkNamespaceChange change = _live.Count > 0 && _namespace is { } watch
            ? watch.Check()
            : NetworkNamespaceChange.None;
        if (change is not (NetworkNamespaceChange.Replaced or NetworkNamespaceChange.Gone))
        {
            return false;
        }

        _sink.OnWarning(FlowWarnings.Moved(_options.NetworkNamespace!, change == NetworkNamespaceChange.Gone));
        return true;
    }

    private void Report(Exception error, string source)
    {
        if (error is not (TunStatsException or IOException or UnauthorizedAccessException))
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

        if (report.PacketsOfEarlierWindows > 0)
        {
            Warn($"early {source}", FlowWarnings.Early(source, report.PacketsOfEarlierWindows));
        }

        if (!report.Overflow.IsZero)
        {
            Warn($"overflow {source}", FlowWarnings.Overflow(report, _options.Capacity));
        }

        bool isLive = _live.Exists(live => live.Name == source);
        report.Top = _options.Top ?? (isLive ? int.MaxValue : null);
        report.Physical = _classes.TakePhysical(report, text => Warn($"peers {source}", text));
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
