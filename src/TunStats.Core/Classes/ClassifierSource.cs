using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;

namespace TunStats.Classes;

/// <summary>
/// A classifier that stays up to date: from prefixes and files as of its opening, and from the current addresses and
/// routes of devices. If two have the same prefix, given prefixes win over files, and files over devices. After
/// <see cref="Watch"/>, it also knows which classifier was valid at an earlier instant. Thread-safe.
/// </summary>
internal sealed class ClassifierSource : IDisposable
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new();
    private readonly TimeProvider _timeProvider;
    private readonly List<IRouteFeed> _feeds = [];
    private readonly List<ClassifierWatch> _watches = [];
    private readonly ClassifierHistory _history;
    private readonly ClassifierMaker _maker;
    private Exception? _failure;
    private volatile bool _isWatching;
    private long _eventTimestamp = long.MaxValue;

    private ClassifierSource(
        ClassifierOptions options,
        IEnumerable<IRouteFeed> feeds,
        TimeProvider timeProvider,
        CancellationToken cancellationToken = default)
    {
        _timeProvider = timeProvider;
        _feeds.AddRange(feeds);
        GivenRoutes given = GivenRoutes.Read(options, timeProvider, cancellationToken);
        _maker = new ClassifierMaker(given, options.Nodes, options.NodeRoutes, _feeds);
        _history = new ClassifierHistory(timeProvider, _maker.Make());
    }

    /// <summary>The current classifier; replaced, never modified.</summary>
    public FlowClassifier Current => _history.Current;

    /// <summary>
    /// Whether the routes are complete: routes that kept changing during the reading may lack one until the next
    /// <see cref="Refresh"/>.
    /// </summary>
    public bool IsCurrent => _feeds.TrueForAll(feed => feed.IsCurrent);

    /// <summary>Reads all sources.</summary>
    /// <param name="options">The sources.</param>
    /// <param name="timeProvider">The clock of time limits; null for the system's.</param>
    /// <param name="cancellationToken">Cancels the wait for a route file that is a pipe.</param>
    /// <exception cref="TunStatsException">A prefix or a file is not valid.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while it waited.</exception>
    /// <exception cref="TunStatsException">A device does not exist.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel could not be asked.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered.</exception>
    public static ClassifierSource Open(
        ClassifierOptions options,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default) =>
        OpenWithNodes(options, null, timeProvider ?? TimeProvider.System, cancellationToken);

    /// <summary>As the public method, with nodes.</summary>
    /// <param name="options">The sources.</param>
    /// <param name="nodes">Nodes and their routes, owned by the source, also on failure; null for none.</param>
    /// <param name="timeProvider">The clock of time limits.</param>
    /// <param name="cancellationToken">Ends the wait for a route file that is a pipe.</param>
    internal static ClassifierSource OpenWithNodes(
        ClassifierOptions options, INodeFeed? nodes, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<IRouteFeed> feeds = nodes is null ? [] : [nodes];
        try
        {
            foreach (string device in FindDevices(options, cancellationToken))
            {
                feeds.Add(KernelRouteFeed.Open(device, options.NetworkNamespace, timeProvider));
            }

            return new ClassifierSource(options, feeds, timeProvider, cancellationToken);
        }
        catch
        {
            feeds.ForEach(feed => feed.Dispose());
            throw;
        }
    }

    private static IEnumerable<string> FindDevices(ClassifierOptions options, CancellationToken cancellationToken)
    {
        if (!options.Devices.Any(LinkNamePattern.HasWildcards))
        {
            return options.Devices;
        }

        using NetworkNamespace? space =
            options.NetworkNamespace is { } text ? NetworkNamespace.Open(text) : null;
        using LinkClient client = LinkClient.Open(space);
        return [.. options.Devices.SelectMany(device => client.SelectNames(device, cancellationToken)).Distinct()];
    }

    internal static ClassifierSource Of(ClassifierOptions options, params IRouteFeed[] feeds) =>
        new(options, feeds, TimeProvider.System);

    internal static ClassifierSource Of(
        ClassifierOptions options, TimeProvider timeProvider, params IRouteFeed[] feeds) =>
        new(options, feeds, timeProvider);

    /// <summary>
    /// Starts to apply changes as the kernel reports them, and to keep earlier classifiers for <see cref="At"/>, on a
    /// background thread per device, until the source is disposed. Nothing is missed between <see cref="Open"/> and the
    /// return of this call.
    /// </summary>
    /// <param name="cancellationToken">Ends the threads.</param>
    /// <exception cref="Netlink.NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered.</exception>
    public void Watch(CancellationToken cancellationToken = default)
    {
        lock (_watches)
        {
            _isWatching = true;
            for (int i = _watches.Count; i < _feeds.Count; i++)
            {
                _watches.Add(new ClassifierWatch(this, _feeds[i], cancellationToken));
            }
        }
    }

    /// <summary>
    /// The classifier valid at an instant. A change is valid from the reading of its event on, which is within
    /// milliseconds of the change itself while the source watches. For an instant before the first reading, or one so
    /// old that it was dropped, this is the oldest stored classifier. Allocates nothing.
    /// </summary>
    /// <param name="unixNanoseconds">
    /// Nanoseconds since 1970 in UTC, by the current wall clock: a step of the clock between that instant and this call
    /// moves the answer by as much.
    /// </param>
    public FlowClassifier At(long unixNanoseconds) => _history.At(unixNanoseconds);

    /// <summary>As <see cref="At"/>, by the monotonic clock.</summary>
    /// <param name="timestamp">A stamp of the time provider (<see cref="TimeProvider.GetTimestamp"/>).</param>
    public FlowClassifier AtTimestamp(long timestamp) => _history.AtTimestamp(timestamp);

    /// <summary>
    /// Drops the classifiers that are only valid before this instant. At most 128 are kept in any case.
    /// </summary>
    /// <param name="unixNanoseconds">Nanoseconds since 1970 in UTC, such as the start of the current window.</param>
    public void Forget(long unixNanoseconds) => _history.Forget(unixNanoseconds);

    /// <summary>As <see cref="Forget"/>, by the monotonic clock.</summary>
    /// <param name="timestamp">A stamp of the time provider (<see cref="TimeProvider.GetTimestamp"/>).</param>
    public void ForgetTimestamp(long timestamp) => _history.ForgetTimestamp(timestamp);

    /// <summary>
    /// Applies the kernel's changes since the last call; afterwards <see cref="At"/> is right for every instant before
    /// this call. A removed device has no routes.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait for the kernel.</param>
    /// <returns>Whether there is a new classifier.</returns>
    /// <exception cref="Netlink.NetlinkException">The kernel could not be asked; the classifier stays.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered any more.</exception>
    public bool Refresh(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return TakeIn(null, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_watches)
        {
            _watches.ForEach(watch => watch.Dispose());
            _watches.Clear();
        }

        _feeds.ForEach(feed => feed.Dispose());
    }

    /// <summary>Applies the changes of one feed or of all.</summary>
    internal bool TakeIn(IRouteFeed? only, CancellationToken cancellationToken)
    {
        // Another thread may be reading a large table: the wait for it can be cancelled.
        while (!Monitor.TryEnter(_gate, LockPoll))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        try
        {
            long eventTimestamp = Interlocked.Exchange(ref _eventTimestamp, long.MaxValue);
            long since = Math.Min(_timeProvider.GetTimestamp(), eventTimestamp);
            bool changed = false;
            foreach (IRouteFeed feed in _feeds)
            {
                changed |= (only is null || only == feed) && feed.Refresh(cancellationToken);
            }

            if (changed)
            {
                Put(_maker.Make(), since);
            }

            return changed;
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    /// <summary>
    /// Replaces the given prefixes, files and overlay ranges; the devices stay. The new classifier is valid from now
    /// on.
    /// </summary>
    /// <exception cref="TunStatsException">
    /// The overlay is to be the devices' networks, but there are none; nothing changed.
    /// </exception>
    internal void Replace(GivenRoutes given)
    {
        lock (_gate)
        {
            Put(_maker.Replace(given), _timeProvider.GetTimestamp());
        }
    }

    /// <summary>Stores the time of an event that is to be applied.</summary>
    internal void NoteEvent() =>
        Interlocked.CompareExchange(ref _eventTimestamp, _timeProvider.GetTimestamp(), long.MaxValue);

    /// <summary>Stores the exception of the next refresh.</summary>
    internal void NoteFailure(Exception failure) => Volatile.Write(ref _failure, failure);

    private void Put(FlowClassifier classifier, long since)
    {
        // Without a watch the past is not needed.
        if (!_isWatching)
        {
            _history.Reset(classifier);
        }
        else
        {
            _history.Add(classifier, since);
        }
    }
}
