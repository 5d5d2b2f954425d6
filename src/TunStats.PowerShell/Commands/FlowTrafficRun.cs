using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Links;
using TunStats.NetLog;
using TunStats.Netlink;
using TunStats.Packets;

namespace TunStats.PowerShell.Commands;

/// <summary>
/// Counts devices or tracked connections: opened by the cmdlet, so that what can fail fails there, and run by it or by
/// a job.
/// </summary>
internal sealed class FlowTrafficRun : IFlowSink, IDisposable
{
    private readonly FlowTrafficOptions _options;
    private readonly DeviceFlowCapture _devices;
    private readonly Dictionary<string, ClassifierSource> _classifiers = [];
    private ConntrackMonitor? _conntrack;
    private ClassifierSource? _given;

    internal FlowTrafficRun(FlowTrafficOptions options, IFlowOutput output)
    {
        _options = options;
        Output = output;
        _devices = new DeviceFlowCapture(options.Meter, this);
    }

    /// <summary>Where flows, errors and warnings go.</summary>
    internal IFlowOutput Output { get; set; }

    /// <summary>Whether there is anything to count.</summary>
    internal bool HasSources => _conntrack is not null || _devices.Devices.Any();

    /// <summary>Opens devices or tables, and what classes come from.</summary>
    internal void Open(CancellationToken cancellationToken)
    {
        using NetworkNamespace? space =
            _options.NetworkNamespace is { } text ? NetworkNamespace.Open(text) : null;
        if (_options.Conntrack is { } conntrack)
        {
            _conntrack = ConntrackMonitor.Open(space, conntrack);
            _given = _options.Classifier is { } given ? ClassifierSource.Open(given) : null;
            return;
        }

        _devices.Open(_options.Names, space, cancellationToken);
        if (_options.Classifier is { } options)
        {
            foreach (string device in _devices.Devices)
            {
                ClassifierSource source = ClassifierSource.Open(options with { Devices = [device] });
                _classifiers[device] = source;
                if (source.Current.Routes.IsEmpty)
                {
                    Output.WriteFlowWarning(
                        $"There is no address and no route of {device}: all its traffic will be exit traffic. Give "
                        + "-Route or -LocalAddress, or look at Get-FlowRoute.");
                }
            }
        }
    }

    /// <summary>Counts until it is done, or cancelled: then the windows under way are handed out as the last.</summary>
    internal void Run(CancellationToken cancellationToken)
    {
        if (_conntrack is null)
        {
            _devices.Run(cancellationToken);
        }
        else if (_options.IsTableOnly)
        {
            Write(_conntrack.ReadTable(cancellationToken));
        }
        else
        {
            _conntrack.Start(cancellationToken);
            for (int window = 0; window != _options.Meter.Count && !cancellationToken.IsCancellationRequested; window++)
            {
                Write(_conntrack.Collect(_options.Meter.Interval!.Value, cancellationToken));
            }
        }
    }

    public void Dispose()
    {
        _devices.Dispose();
        _conntrack?.Dispose();
        _given?.Dispose();
        foreach (ClassifierSource source in _classifiers.Values)
        {
            source.Dispose();
        }
    }

    void IFlowSink.OnReport(FlowReport report)
    {
        FlowClassifier? classifier = ClassifierOf(report.Window.Source);
        foreach (TupleCounts flow in report.TakeFlows())
        {
            Output.WriteFlow(Classified(flow, classifier));
        }
    }

    void IFlowSink.OnError(Exception error, string source) => Output.WriteFlowError(error, source);

    void IFlowSink.OnWarning(string message) => Output.WriteFlowWarning(message);

    /// <summary>The same flow with its class; as it is where there is no classifier.</summary>
    internal static TupleCounts Classified(TupleCounts flow, FlowClassifier? classifier)
    {
        (_, AddrPort source, AddrPort destination, _, _) = flow;
        return classifier is null || (!source.IsValid && !destination.IsValid)
            ? flow
            : flow.WithClass(classifier.Classify(source.Address, destination.Address).Class);
    }

    private FlowClassifier? ClassifierOf(string? device)
    {
        ClassifierSource? source = device is not null && _classifiers.TryGetValue(device, out ClassifierSource? own)
            ? own
            : _given;
        try
        {
            source?.Refresh();
        }
        catch (Exception e) when (e is NetlinkException or LinkException or ClassifierException)
        {
            // Routes of a moment ago are better than none.
            Output.WriteFlowWarning($"The routes of {device} could not be read again: {e.Message}");
        }

        return source?.Current;
    }

    private void Write(ConntrackWindow window)
    {
        if (window.EventLosses > 0)
        {
            Output.WriteFlowWarning(
                $"Events of ended connections were lost {window.EventLosses} times, as they came faster than they were "
                + "read: connections that began and ended in this window may be missing.");
        }

        if (window.Uncounted > 0)
        {
            Output.WriteFlowWarning(
                $"{window.Uncounted} connections are not counted by the kernel: they began before accounting was on.");
        }

        if (window.OverflowConnections > 0)
        {
            Output.WriteFlowWarning(
                $"{window.OverflowConnections} further connections with {window.Overflow.TotalPackets} packets are not "
                + "listed: there were more than a window holds.");
        }

        FlowClassifier? classifier = ClassifierOf(null);
        IEnumerable<TupleCounts> flows = window.Flows.OrderByDescending(flow => flow.TotalBytes);
        foreach (TupleCounts flow in _options.Meter.Top is { } top ? flows.Take(top) : flows)
        {
            Output.WriteFlow(Classified(flow, classifier));
        }
    }
}
