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
    // Room for so many connections is kept for the next window, however few it may have.
    private const int KeptConnections = 4096;

    private readonly NetLogMessageOptions _options;
    private FlowClassifier _classifier;
    private readonly Dictionary<Connection, FlowCounts> _virtual = [];
    private readonly Dictionary<Connection, FlowCounts> _subnet = [];
    private readonly Dictionary<Connection, FlowCounts> _exit = [];
    private readonly Dictionary<Connection, FlowCounts> _physical = [];
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
    public bool IsEmpty => _virtual.Count + _subnet.Count + _exit.Count + _physical.Count == 0;

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
                _options.Reclassify ? FlowClass.None : report.ClassOf(flow));
        }

        foreach (TupleCounts entry in report.Physical)
        {
            Add(entry);
        }
    }

    /// <summary>Collects a connection of a class; None to classify it.</summary>
    public void Add(in ConnectionCounts entry, FlowClass flowClass = FlowClass.None)
    {
        IpAddr source = entry.SrcEndpoint.Address;
        IpAddr destination = entry.DstEndpoint.Address;
        if (flowClass != FlowClass.Physical && IsService(source, destination))
        {
            return;
        }

        flowClass = flowClass == FlowClass.None ? _classifier.Classify(source, destination).Class : flowClass;
        See(source);
        Dictionary<Connection, FlowCounts> list = flowClass switch
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

        Connection key = new(entry.Protocol, entry.SrcEndpoint, entry.DstEndpoint);
        key = list == _exit && !_options.IncludeExit ? Anonymous(source, destination) : key;
        ref FlowCounts counts = ref CollectionsMarshal.GetValueRefOrAddDefault(list, key, out _);
        counts = counts.Add(entry.Counts);
    }

    /// <summary>
    /// Makes messages of the collected flows and starts again: none without flows, more than one if one would be too
    /// long.
    /// </summary>
    /// <param name="start">The window's first instant.</param>
    /// <param name="end">Its last.</param>
    /// <exception cref="ArgumentException">The end is before the start.</exception>
    public IReadOnlyList<NetLogMessage> Build(NanoTime start, NanoTime end)
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
            VirtualTraffic = Take(_virtual),
            SubnetTraffic = Take(_subnet),
            ExitTraffic = Take(_exit),
            PhysicalTraffic = Take(_physical),
        };
        _nodes.Clear();
        return NetLogMessageSplitter.Split(message, _options.Schema, _options.MaxLength);
    }

    private static ConnectionCounts[] Take(Dictionary<Connection, FlowCounts> list)
    {
        if (list.Count == 0)
        {
            return [];
        }

        // Windows may have 100,000 connections: no list grows on the way.
        var entries = new ConnectionCounts[list.Count];
        int count = 0;
        foreach ((Connection key, FlowCounts counts) in list)
        {
            entries[count++] = new ConnectionCounts(key.Proto, key.Src, key.Dst, counts);
        }

        list.Clear();
        if (list.EnsureCapacity(0) > Math.Max(KeptConnections, count * 8))
        {
            list.TrimExcess();
        }

        Array.Sort(entries);
        return entries;
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
