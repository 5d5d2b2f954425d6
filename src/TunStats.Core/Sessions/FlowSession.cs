using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Processes;

namespace TunStats.Sessions;

/// <summary>
/// Counts the connections of devices, capture files and connection tracking, classifies them, and passes them to a sink
/// window by window. Options, names and routes are validated before the first packet counts; the first window begins
/// when the session is opened.
/// </summary>
/// <remarks>
/// Each source runs on a thread of its own. Files are read one after another; devices never wait for the sink: windows
/// that it does not accept in time are dropped and counted.
/// </remarks>
internal sealed class FlowSession : IDisposable
{
    private static readonly TimeSpan WaitStep = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly IFlowSink _sink;
    private readonly TimeProvider _timeProvider;
    private readonly NetworkNamespaceWatch? _namespace;
    private readonly FlowSources _sources;
    private readonly FlowDelivery _delivery;
    private readonly CancellationTokenSource _closing = new();
    private FlowSessionOptions _options;
    private readonly AddressNames? _names;
    private FlowClasses _classes;
    private bool _isDisposed;

    private FlowSession(FlowSessionOptions options, IFlowSink sink, TimeProvider timeProvider)
    {
        _options = options with { Classes = options.Classes ?? (options.Peers is null ? null : new()) };
        _sink = sink;
        _timeProvider = timeProvider;
        _namespace = options.NetworkNamespace is { } text ? new NetworkNamespaceWatch(text) : null;
        _classes = new FlowClasses(_options, timeProvider);
        _sources = new FlowSources(timeProvider, _closing.Token);
        _names = options.Names is { } names ? new AddressNames(names, options, timeProvider) : null;
        _delivery = new FlowDelivery(options, sink, _names, timeProvider);
    }

    /// <summary>Whether there is anything to count: a wildcard without a match is not an error.</summary>
    public bool HasSources => !_sources.IsEmpty;

    /// <summary>Whether a device or connection tracking is counted.</summary>
    internal bool HasLive => _sources.Live.Count > 0;

    /// <summary>How many capture files are read.</summary>
    internal int FileCount => _sources.Files.Count;

    /// <summary>The devices, and connection tracking, that are counted.</summary>
    internal IEnumerable<string> LiveSources => _sources.Live.Select(source => source.Name);

    /// <summary>Resolves the names, validates the options and reads the routes.</summary>
    /// <param name="options">What to count, and how.</param>
    /// <param name="sink">
    /// Receives the results. An input that is missing or cannot be opened is reported; the others continue.
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
        options.Validate();
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

    /// <summary>Makes a session over an open source.</summary>
    internal static FlowSession Of(
        FlowSessionOptions options, IFlowSink sink, TimeProvider timeProvider, IFlowSource source)
    {
        var session = new FlowSession(options, sink, timeProvider);
        session._sources.Add(source);
        return session;
    }

    /// <summary>
    /// Counts until every source is done, or the token is cancelled: then the current windows are delivered as the
    /// last. If the name of the network namespace refers to another one later, counting continues there.
    /// </summary>
    /// <param name="cancellationToken">Ends the current windows.</param>
    public void Run(CancellationToken cancellationToken = default)
    {
        long started = _timeProvider.GetTimestamp();
        while (HasSources && CountUntilMoved(started, cancellationToken) && !cancellationToken.IsCancellationRequested)
        {
            if (!FollowNamespace(started, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>The current classifier of a source; null if flows are not classified.</summary>
    /// <param name="source">The device or the file, as a report's window names it.</param>
    public FlowClassifier? ClassifierOf(string? source) => _classes.Current(source);

    /// <summary>
    /// Replaces the given routes, route files and overlay ranges; the routes of devices stay. Connections first seen
    /// from now on are classified by the new ones. Thread-safe.
    /// </summary>
    /// <param name="classes">The new routes; its devices and its namespace are ignored.</param>
    /// <param name="cancellationToken">Cancels the wait for a route file that is a pipe.</param>
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
        _sources.Close();
        _classes.Dispose();
        _names?.Dispose();
        _delivery.Owners?.Dispose();
        _namespace?.Dispose();
        _closing.Dispose();
    }

    private void OpenSources(FlowSessionOptions options, IFlowSink sink, CancellationToken cancellationToken)
    {
        _sources.Open(options, _classes, _namespace?.Open(), sink, cancellationToken);
        if (options.IncludesProcesses && HasLive)
        {
            _delivery.Owners?.Dispose();
            _delivery.Owners = ConnectionOwners.Open(_namespace?.Open(), options.LiveInterval, _timeProvider);
        }
    }

    /// <summary>Counts; true if it ended because the namespace was replaced.</summary>
    private bool CountUntilMoved(long started, CancellationToken cancellationToken)
    {
        try
        {
            using var threads = new FlowThreads(_sources, cancellationToken);
            return Deliver(threads, started, cancellationToken);
        }
        finally
        {
            _sources.Forget();
        }
    }

    private bool Deliver(FlowThreads threads, long started, CancellationToken cancellationToken)
    {
        bool isMoved = false;
        long checkedAt = _timeProvider.GetTimestamp();
        while (threads.Queue.TryTake(WaitStep, out FlowQueue.Item? item))
        {
            _delivery.Deliver(item, _sources, _classes);
            bool isSilent = item is null && !cancellationToken.IsCancellationRequested;
            _delivery.DeliverState(
                threads.Queue, _sources, isSilent ? _timeProvider.GetElapsedTime(started) : null);
            if (!isMoved && _timeProvider.GetElapsedTime(checkedAt) >= NetworkNamespaceWatch.CheckInterval)
            {
                checkedAt = _timeProvider.GetTimestamp();
                isMoved = IsNamespaceMoved();
                if (isMoved)
                {
                    threads.StopLive();
                }
            }
        }

        _delivery.DeliverRest();
        return isMoved;
    }

    /// <summary>Opens the devices in the new namespace as soon as it has any.</summary>
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
            return HasSources;
        }
        catch (TunStatsException)
        {
            // Not there yet: retry.
            _sources.Close();
            _namespace!.Release();
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private bool IsNamespaceMoved()
    {
        NetworkNamespaceChange change = _sources.Live.Count > 0 && _namespace is { } watch
            ? watch.Check()
            : NetworkNamespaceChange.None;
        if (change is not (NetworkNamespaceChange.Replaced or NetworkNamespaceChange.Gone))
        {
            return false;
        }

        _sink.OnWarning(FlowWarnings.Moved(_options.NetworkNamespace!, change == NetworkNamespaceChange.Gone));
        return true;
    }
}
