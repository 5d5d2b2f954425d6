using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Routes;

namespace TunStats.NetLog;

/// <summary>
/// Collects the flows of one window and makes messages of them: classified, without the node's own services, exit
/// traffic anonymous by default, equal connections summed up, sorted, each message below the maximum length.
/// </summary>
internal sealed class NetLogMessageBuilder
{
    private readonly NetLogMessageOptions _options;
    private FlowClassifier _classifier;
    private readonly ConnectionList _virtual = new();
    private readonly ConnectionList _subnet = new();
    private readonly ConnectionList _exit = new();
    private readonly ConnectionList _physical = new();

    // A few sums of any number of connections.
    private readonly Dictionary<Connection, FlowCounts> _anonymous = [];
    private readonly HashSet<NetLogNode> _nodes = new(ReferenceEqualityComparer.Instance);

    /// <summary>Makes a builder.</summary>
    /// <param name="options">How messages are made.</param>
    /// <param name="classifier">
    /// Classifies flows; null to treat flows without a class as exit traffic.
    /// </param>
    public NetLogMessageBuilder(NetLogMessageOptions? options = null, FlowClassifier? classifier = null)
    {
        _options = options ?? new NetLogMessageOptions();
        _classifier = classifier ?? new FlowClassifier(RouteSet.Empty);
    }

    /// <summary>Whether nothing was collected.</summary>
    public bool IsEmpty =>
        _virtual.IsEmpty && _subnet.IsEmpty && _exit.IsEmpty && _physical.IsEmpty && _anonymous.Count == 0;

    /// <summary>Collects a flow; one that has a class keeps it unless the options say otherwise.</summary>
    public void Add(TupleCounts flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        bool keep = flow.Class == FlowClass.Physical || (flow.Class != FlowClass.None && !_options.Reclassify);
        Add(
            new ConnectionCounts(flow.Protocol, flow.SrcEndpoint, flow.DstEndpoint, flow.Counts),
            keep ? flow.Class : FlowClass.None);
    }

    /// <summary>Classifies what is collected from now on by another classifier.</summary>
    internal void Use(FlowClassifier? classifier) => _classifier = classifier ?? new FlowClassifier(RouteSet.Empty);

    /// <summary>Collects a window, without an object per connection.</summary>
    internal void Add(FlowReport report)
    {
        int count = report.CountToTake;
        for (int i = 0; i < count; i++)
        {
            FlowValues flow = report.GetValues(i);
            Add(
                new ConnectionCounts(flow.Protocol, flow.Source, flow.Destination, flow.Counts),
                _options.Reclassify ? FlowClass.None : report.ClassOf(flow),
                count - i);
        }

        foreach (TupleCounts entry in report.Physical)
        {
            Add(entry);
        }
    }

    /// <summary>Collects a connection of a class; None to classify it.</summary>
    public void Add(in ConnectionCounts entry, FlowClass flowClass = FlowClass.None) =>
        Add(entry, flowClass, int.MaxValue);

    private void Add(in ConnectionCounts entry, FlowClass flowClass, int expected)
    {
        IpAddr source = entry.SrcEndpoint.Address;
        IpAddr destination = entry.DstEndpoint.Address;
        if (flowClass != FlowClass.Physical && IsService(source, destination))
        {
            return;
        }

        flowClass = flowClass == FlowClass.None ? _classifier.Classify(source, destination).Class : flowClass;
        See(source);
        ConnectionList list = flowClass switch
        {
            FlowClass.Virtual => _virtual,
            FlowClass.Subnet => _subnet,
            FlowClass.Physical => _physical,
            _ => _exit,
        };
        if (flowClass != FlowClass.Physical)
        {
            See(destination);
        }

        if (list == _exit && !_options.IncludeExit)
        {
            ref FlowCounts counts = ref CollectionsMarshal.GetValueRefOrAddDefault(
                _anonymous, Anonymous(source, destination), out _);
            counts = counts.Add(entry.Counts);
        }
        else
        {
            list.Add(entry, expected);
        }
    }

    /// <summary>
    /// Makes messages of the collected flows and starts again: none without flows, more than one if one would be too
    /// long.
    /// </summary>
    /// <param name="start">The window's first instant.</param>
    /// <param name="end">Its last.</param>
    /// <exception cref="ArgumentException">The end is before the start.</exception>
    public IReadOnlyList<NetLogMessage> Build(NanoTime start, NanoTime end) => [.. BuildEach(start, end)];

    /// <summary>As <see cref="Build"/>, each message when it is asked for: a large window is in memory once.</summary>
    internal IEnumerable<NetLogMessage> BuildEach(NanoTime start, NanoTime end)
    {
        if (end < start)
        {
            throw new ArgumentException($"A window cannot end ({end}) before it starts ({start}).", nameof(end));
        }

        if (IsEmpty)
        {
            return [];
        }

        NetLogNode? self = _options.IncludeNodes ? _classifier.Nodes?.Self : null;
        NetLogMessage message = new()
        {
            StartTime = start,
            EndTime = end,
            NodeId = _options.NodeId.Length > 0 ? _options.NodeId : _classifier.Nodes?.Self.NodeId ?? string.Empty,
            SrcNode = self,
            DstNodes = self is null
                ? []
                : [.. _nodes.Where(node => node != self).OrderBy(node => node.NodeId, StringComparer.Ordinal)],
            VirtualTraffic = _virtual.Take(),
            SubnetTraffic = _subnet.Take(),
            ExitTraffic = TakeExit(),
            PhysicalTraffic = _physical.Take(),
        };
        _nodes.Clear();
        return NetLogMessageSplitter.Split(message, _options.Schema, _options.MaxLength);
    }

    private ConnectionCounts[] TakeExit()
    {
        foreach ((Connection key, FlowCounts counts) in _anonymous)
        {
            _exit.Add(new ConnectionCounts(key.Proto, key.Src, key.Dst, counts), _anonymous.Count);
        }

        _anonymous.Clear();
        return _exit.Take();
    }

    /// <summary>As <see cref="FlowVerdict.IsService"/>, also for a connection that brings its class along.</summary>
    private bool IsService(in IpAddr source, in IpAddr destination) => TailscaleRanges.IsService(destination)
        || (!_classifier.IsByNodes && TailscaleRanges.IsService(source));

    private Connection Anonymous(in IpAddr source, in IpAddr destination) => _options.Schema == NetLogSchema.V1
        ? default
        : new Connection(default, KeptAddress(source), KeptAddress(destination));

    private AddrPort KeptAddress(in IpAddr address) =>
        _classifier.IsKeptInAnonymousTraffic(address) ? new AddrPort(address, 0) : default;

    private void See(in IpAddr address)
    {
        if (_options.IncludeNodes && _classifier.Nodes?.Find(address) is { } node)
        {
            _nodes.Add(node);
        }
    }

    private readonly record struct Connection(IpProtocol Proto, AddrPort Src, AddrPort Dst);
}
