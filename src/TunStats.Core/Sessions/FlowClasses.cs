using System;
using System.Collections.Generic;
using TunStats.Flows;
using TunStats.Links;
using TunStats.Netlink;
using TunStats.NetLog;
using TunStats.Packets;
using TunStats.Routes;

namespace TunStats.Sessions;

/// <summary>
/// The classifiers of a session: one for each device, with the device's own routes, and one for everything else.
/// Routes are read when a source is opened, so before its first packet counts.
/// </summary>
internal sealed class FlowClasses : IDisposable
{
    private readonly Dictionary<string, ClassifierSource> _ofDevices = [];
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
    internal void OpenDevice(string device, Action<string> warn)
    {
        if (_options.Classes is { } classes && !_ofDevices.ContainsKey(device))
        {
            _ofDevices[device] = Open(classes with { Devices = [device, .. classes.Devices] }, device, warn);
        }
    }

    /// <summary>Reads what classifies files and connection tracking.</summary>
    /// <param name="source">The first of them.</param>
    /// <param name="warn">Takes a warning where no route is known.</param>
    /// <exception cref="ClassifierException">There is no route, and the options require some.</exception>
    internal void OpenOthers(string source, Action<string> warn)
    {
        if (_options.Classes is not { } classes || _others is not null)
        {
            return;
        }

        if (!classes.IsEmpty)
        {
            _others = Open(classes, source, warn);
        }
        else if (_options.RequiresRoutes)
        {
            throw new ClassifierException(
                ClassifierErrorKind.NoRoutes,
                source,
                $"{source}: nothing says which routes its traffic is classified by. Give {_options.RouteHint}.");
        }
        else
        {
            warn(FlowWarnings.NoRoutes(source, _options.RouteHint));
        }
    }

    /// <summary>The classifier of a source of now; null where flows are not to be classified.</summary>
    internal FlowClassifier? Current(string? source) => _options.Classes is null
        ? null
        : SourceOf(source)?.Current ?? WithoutRoutes;

    /// <summary>What gives the flows of a source their class; null where they are not to be classified.</summary>
    internal FlowClassification? Of(string? source, Action<string> warn)
    {
        if (_options.Classes is null)
        {
            return null;
        }

        ClassifierSource? own = SourceOf(source);
        Refresh(own, source, warn);
        FlowClassifier classifier = own?.Current ?? WithoutRoutes;
        return (in IpAddr from, in IpAddr to, long? _) =>
            from.IsValid || to.IsValid ? classifier.Classify(from, to).Class : FlowClass.None;
    }

    public void Dispose()
    {
        _others?.Dispose();
        foreach (ClassifierSource source in _ofDevices.Values)
        {
            source.Dispose();
        }
    }

    private static void Refresh(ClassifierSource? own, string? source, Action<string> warn)
    {
        try
        {
            own?.Refresh();
        }
        catch (Exception e) when (e is NetlinkException or LinkException or ClassifierException)
        {
            // Routes of a moment ago are better than none.
            warn(FlowWarnings.RoutesUnreadable(source ?? "", e));
        }
    }

    private ClassifierSource? SourceOf(string? source) =>
        source is not null && _ofDevices.TryGetValue(source, out ClassifierSource? own) ? own : _others;

    private ClassifierSource Open(ClassifierOptions options, string source, Action<string> warn)
    {
        ClassifierSource opened = ClassifierSource.Open(
            options with { NetworkNamespace = _options.NetworkNamespace }, _timeProvider);
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
