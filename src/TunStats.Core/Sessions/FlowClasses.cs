using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Peers;
using TunStats.Routes;

namespace TunStats.Sessions;

/// <summary>
/// The classifiers of a session: one per device, with the device's own routes, and one for everything else. Routes are
/// read when a source is opened, before its first packet counts.
/// </summary>
internal sealed class FlowClasses : IDisposable
{
    private readonly Dictionary<string, ClassifierSource> _ofDevices = [];
    private readonly Dictionary<string, DevicePeers> _peers = [];
    private readonly object _gate = new();
    private readonly FlowSessionOptions _options;
    private readonly TimeProvider _timeProvider;
    private ClassifierSource? _others;

    internal FlowClasses(FlowSessionOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
    }

    private static FlowClassifier WithoutRoutes { get; } = new(RouteSet.Empty);

    /// <summary>Reads the routes of a device.</summary>
    /// <param name="device">The device; its own routes count unless the options name other devices.</param>
    /// <param name="warn">Receives a warning if no route is known.</param>
    /// <param name="closing">Stops watching for changes.</param>
    /// <param name="cancellationToken">Cancels the wait for a route file that is a pipe.</param>
    internal void OpenDevice(
        string device, Action<string> warn, CancellationToken closing, CancellationToken cancellationToken)
    {
        if (_options.Classes is { } classes && !_ofDevices.ContainsKey(device))
        {
            IReadOnlyList<string> devices = classes.Devices.Count > 0 ? classes.Devices : [device];
            DevicePeers? peers = _options.Peers is null or { Layer: PhysicalLayer.None }
                ? null
                : new DevicePeers(device, _options, _timeProvider);
            ClassifierSource source = Open(
                classes with { Devices = devices }, peers, device, warn, cancellationToken);
            lock (_gate)
            {
                if (peers is not null)
                {
                    _peers[device] = peers;
                }

                _ofDevices[device] = source;
            }

            source.Watch(closing);
        }
    }

    /// <summary>Reads the routes for files and connection tracking.</summary>
    /// <param name="source">The first of them.</param>
    /// <param name="warn">Receives a warning if no route is known.</param>
    /// <param name="cancellationToken">Cancels the wait for a route file that is a pipe.</param>
    /// <exception cref="TunStatsException">There is no route, but the options require one.</exception>
    internal void OpenOthers(string source, Action<string> warn, CancellationToken cancellationToken)
    {
        if (_options.Classes is not { } classes || _others is not null)
        {
            return;
        }

        if (!classes.IsEmpty)
        {
            ClassifierSource opened = Open(classes, null, source, warn, cancellationToken);
            lock (_gate)
            {
                _others = opened;
            }
        }
        else if (_options.RequiresRoutes)
        {
            throw new TunStatsException(
                ErrorKind.NoRoutes,
                source,
                $"{source}: there are no routes to classify its traffic by. Give {_options.RouteHint}.");
        }
        else
        {
            warn(FlowWarnings.NoRoutes(source, _options.RouteHint));
        }
    }

    /// <summary>
    /// Replaces the given routes, files and overlay ranges from now on; those of devices stay. Thread-safe.
    /// </summary>
    /// <exception cref="TunStatsException">
    /// The overlay is to be a device's networks, but there are none; the routes of that device stay.
    /// </exception>
    internal void Replace(GivenRoutes given)
    {
        lock (_gate)
        {
            _others?.Replace(given);
            foreach (ClassifierSource source in _ofDevices.Values)
            {
                source.Replace(given);
            }
        }
    }

    /// <summary>The traffic of a device's peers until the end of a window.</summary>
    /// <param name="report">The window, which has ended.</param>
    /// <param name="warn">Receives a warning if the peers cannot be read.</param>
    internal IReadOnlyList<TupleCounts> TakePhysical(FlowReport report, Action<string> warn)
    {
        if (report.Window.Source is not { } source || !_peers.TryGetValue(source, out DevicePeers? peers))
        {
            return [];
        }

        peers.LookAtEnd();
        Array.ForEach(peers.TakeWarnings(), warn);
        return peers.TakePhysical(report.Window, _options.Filter);
    }

    /// <summary>The current classifier of a source; null if flows are not classified.</summary>
    internal FlowClassifier? Current(string? source) => _options.Classes is null
        ? null
        : SourceOf(source)?.Current ?? WithoutRoutes;

    /// <summary>The function that classifies the flows of a window; null if they are not classified.</summary>
    /// <param name="report">The window, which has ended.</param>
    /// <param name="warn">Receives a warning if the routes cannot be read.</param>
    internal FlowClassification? Of(FlowReport report, Action<string> warn)
    {
        if (_options.Classes is null)
        {
            return null;
        }

        if (SourceOf(report.Window.Source) is not { } source)
        {
            return ByClassifier(WithoutRoutes);
        }

        Refresh(source, report.Window.Source ?? "", warn);
        if (report.StartTimestamp is not { } start)
        {
            return ByClassifier(source.Current);
        }

        long windowStart = UnixTime.FromNanoTime(report.Window.Start);
        source.ForgetTimestamp(start);
        double perNanosecond = _timeProvider.TimestampFrequency / (double)NanoTime.NanosPerSecond;
        return (in IpAddr from, in IpAddr to, long? firstSeen) =>
        {
            // The routes that were valid when the connection was first seen in this window.
            long seen = Math.Max(0, (firstSeen ?? windowStart) - windowStart);
            return ClassOf(source.AtTimestamp(start + (long)(seen * perNanosecond)), from, to);
        };
    }

    public void Dispose()
    {
        _others?.Dispose();
        foreach (ClassifierSource source in _ofDevices.Values)
        {
            source.Dispose();
        }
    }

    private static FlowClassification ByClassifier(FlowClassifier classifier) =>
        (in IpAddr from, in IpAddr to, long? _) => ClassOf(classifier, from, to);

    // The overflow has no addresses, and so no class.
    private static FlowClass ClassOf(FlowClassifier classifier, in IpAddr from, in IpAddr to) =>
        from.IsValid || to.IsValid ? classifier.Classify(from, to).Class : FlowClass.None;

    private static void Refresh(ClassifierSource source, string name, Action<string> warn)
    {
        try
        {
            source.Refresh();
        }
        catch (TunStatsException e)
        {
            // Slightly outdated routes are better than none.
            warn(FlowWarnings.RoutesUnreadable(name, e));
        }
    }

    private ClassifierSource? SourceOf(string? source) =>
        source is not null && _ofDevices.TryGetValue(source, out ClassifierSource? own) ? own : _others;

    private ClassifierSource Open(
        ClassifierOptions options,
        DevicePeers? peers,
        string source,
        Action<string> warn,
        CancellationToken cancellationToken)
    {
        ClassifierSource opened = ClassifierSource.OpenWithNodes(
            options with { NetworkNamespace = _options.NetworkNamespace }, peers, _timeProvider, cancellationToken);
        if (!opened.IsCurrent)
        {
            warn(FlowWarnings.RoutesNotCurrent(source));
        }

        if (opened.Current.Routes.IsEmpty)
        {
            warn(FlowWarnings.NoRoutes(source, _options.RouteHint));
        }

        return opened;
    }
}
