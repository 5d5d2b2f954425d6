using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Net;
using TunStats.Polling;

namespace TunStats.Views;

/// <summary>
/// Sums flows, messages and samples for a report. Memory is bounded: it does not grow with the number of flows, beyond
/// some hundred thousand connections, peers and hosts. One thread at a time.
/// </summary>
internal sealed class TunReport
{
    private const int DefaultCapacity = 200_000;
    private const int MaxNames = 100_000;
    private const int MaxSources = 100;
    private const long BytesPerProgress = 16 << 20;

    // The year 2200.
    private const long LatestSecond = 7_258_118_400;

    // Anonymous, unclassified and unknown traffic is one class.
    internal const int ClassCount = 5;

    private readonly FlowCounts[] _classes = new FlowCounts[ClassCount];
    private readonly FlowCounts[] _pending = new FlowCounts[ClassCount];
    private readonly Dictionary<IpAddr, string> _names = [];
    private readonly SortedSet<string> _sources = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LinkTotals> _devices = new(StringComparer.Ordinal);
    private (NanoTime Start, NanoTime End) _window;
    private NanoTime? _start;
    private NanoTime? _end;

    /// <summary>An empty report.</summary>
    public TunReport()
        : this(DefaultCapacity)
    {
    }

    internal TunReport(int capacity)
    {
        Connections = new FlowSums<ReportConnection>(capacity);
        Pairs = new FlowSums<(IpAddr From, IpAddr To)>(capacity);
        Hosts = new FlowGroups(FlowGrouping.Host, capacity);
        Peers = new FlowGroups(FlowGrouping.Peer, capacity);
        Ports = new FlowGroups(FlowGrouping.Port, capacity);
        Protocols = new FlowGroups(FlowGrouping.Protocol);
    }

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => FlowCount == 0 && SampleCount == 0;

    /// <summary>How many connections of windows were added.</summary>
    public long FlowCount { get; private set; }

    /// <summary>How many samples of devices were added.</summary>
    public long SampleCount { get; private set; }

    /// <summary>What was given twice.</summary>
    internal ReportRepeats Repeats { get; } = new();

    internal FlowSums<ReportConnection> Connections { get; }

    /// <summary>Whether an entry without ends was added: the sum of an unknown number of connections.</summary>
    internal bool HasSummedConnections { get; private set; }

    internal FlowSums<(IpAddr From, IpAddr To)> Pairs { get; }

    internal FlowGroups Hosts { get; }

    internal FlowGroups Peers { get; }

    internal FlowGroups Ports { get; }

    internal FlowGroups Protocols { get; }

    /// <summary>Bytes of each class over time: sent, then received.</summary>
    internal TimeSeries Traffic { get; } = new(2 * ClassCount);

    /// <summary>What devices dropped and carried over time, in the order of <see cref="LinkSeries"/>.</summary>
    internal TimeSeries Links { get; } = new(LinkSeries.Count);

    /// <summary>Bytes of windows whose times are missing or absurd; they are not in the chart.</summary>
    internal ulong BytesWithoutTime { get; private set; }

    internal IReadOnlyCollection<string> Sources => _sources;

    internal IReadOnlyCollection<string> Nodes => _nodes;

    internal IReadOnlyDictionary<string, LinkTotals> Devices => _devices;

    internal NanoTime? Start => _start;

    internal NanoTime? End => _end;

    /// <summary>Adds a connection of a window.</summary>
    /// <param name="flow">The connection.</param>
    public void Add(TupleCounts flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        AddWindow(flow.Window.Start, flow.Window.End, flow.Window.Source, flow.Window.Node);
        Add(FlowValues.Of(flow), flow.Class);
    }

    /// <summary>Adds all connections of a message, and the names of its nodes; a repeated message is not.</summary>
    /// <param name="message">The message.</param>
    /// <param name="source">The file or stream that it came in.</param>
    public void Add(NetLogMessage message, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Repeats.IsRepeated(message))
        {
            return;
        }

        AddName(message.SrcNode);
        foreach (NetLogNode node in message.DstNodes)
        {
            AddName(node);
        }

        (NanoTime start, NanoTime end) = message;
        AddWindow(start, end < start ? start : end, source, NameOf(message));
        foreach (FlowClass flowClass in NetLogMessage.Classes)
        {
            foreach (ConnectionCounts entry in message.Traffic(flowClass))
            {
                (IpProtocol protocol, AddrPort from, AddrPort to, FlowCounts counts) = entry;
                Add(new FlowValues(protocol, from, to, counts, null, null, FlowInitiator.Unknown), flowClass);
            }
        }
    }

    /// <summary>Adds the connections of a window.</summary>
    /// <param name="window">The window.</param>
    public void Add(FlowReport window)
    {
        ArgumentNullException.ThrowIfNull(window);
        AddWindow(window.Window.Start, window.Window.End, window.Window.Source, window.Window.Node);
        for (int i = 0; i < window.CountToTake; i++)
        {
            FlowValues flow = window.GetValues(i);
            Add(flow, window.ClassOf(flow));
        }
    }

    /// <summary>Adds all messages of a log.</summary>
    /// <param name="log">The log; its errors are handed out and the rest is read.</param>
    /// <param name="onError">Takes errors.</param>
    /// <param name="onProgress">Called after each further 16 MiB.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="System.IO.IOException">Reading failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Add(
        NetLogReader log,
        Action<NetLogFormatException> onError,
        Action? onProgress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(onError);
        long next = BytesPerProgress;
        foreach (NetLogMessage message in log.ReadAll(onError, cancellationToken))
        {
            Add(message, log.InputName);
            if (log.BytesRead >= next)
            {
                next = log.BytesRead + BytesPerProgress;
                onProgress?.Invoke();
            }
        }
    }

    /// <summary>Adds a sample of a device.</summary>
    /// <param name="sample">The sample.</param>
    public void Add(LinkSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Increase is { } increase)
        {
            AddSample(
                sample.Name,
                sample.Timestamp,
                sample.Elapsed,
                new LinkTotals(
                    increase.TxBytes, increase.RxBytes, increase.TxDropped, increase.RxDropped, increase.TxErrors,
                    increase.RxErrors));
        }
    }

    /// <summary>Adds what a device's counters increased by; a repeated sample is not.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="timestamp">When the counters were read.</param>
    /// <param name="elapsed">The time since they were read before.</param>
    /// <param name="increase">By how much they increased.</param>
    public void AddSample(string device, DateTime timestamp, TimeSpan elapsed, LinkTotals increase)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (Repeats.IsRepeated(device, timestamp, increase))
        {
            return;
        }

        SampleCount++;
        NanoTime end = NanoTime.FromDateTime(timestamp);
        NanoTime start = NanoTime.FromDateTime(timestamp - elapsed);
        Extend(start, end);
        if (_devices.ContainsKey(device) || _devices.Count < MaxSources)
        {
            _devices[device] = _devices.GetValueOrDefault(device) + increase;
        }

        if (!IsPlausible(start) || !IsPlausible(end))
        {
            return;
        }

        double from = Seconds(start), to = Seconds(end);
        Links.AddWindow(from, to);
        Links.Add(from, to, LinkSeries.TxDropped, increase.TxDropped);
        Links.Add(from, to, LinkSeries.RxDropped, increase.RxDropped);
        Links.Add(from, to, LinkSeries.TxBytes, increase.TxBytes);
        Links.Add(from, to, LinkSeries.RxBytes, increase.RxBytes);
    }

    /// <summary>The report as one HTML file without any reference to another.</summary>
    /// <param name="title">The heading; null for the default.</param>
    /// <param name="created">When it was made.</param>
    public string ToHtml(string? title = null, DateTimeOffset? created = null)
    {
        FlushWindow();
        Traffic.FitWindows();
        Links.FitWindows();
        CommonSuffix = FindCommonSuffix();
        return new ReportPage(this, title ?? "Tunnel traffic", created).ToString();
    }

    /// <summary>What all names end with, such as the domain of the network.</summary>
    internal string CommonSuffix { get; private set; } = "";

    /// <summary>What a class carried; those below the tunnel and above it are never to be added up.</summary>
    internal FlowCounts CountsOf(FlowClass flowClass) => _classes[IndexOf(flowClass)];

    /// <summary>The name of an address, else the address.</summary>
    internal string NameOf(IpAddr address) =>
        FindName(address) is { } name ? name
        : address.IsValid ? address.ToString()
        : "(not recorded)";

    /// <summary>The name of an address; null if it has none.</summary>
    internal string? FindName(IpAddr address) =>
        _names.TryGetValue(address, out string? name) ? WithoutSuffix(name) : null;

    /// <summary>A name without what all names end with.</summary>
    internal string WithoutSuffix(string name) =>
        name.EndsWith(CommonSuffix, StringComparison.Ordinal) ? name[..^CommonSuffix.Length] : name;

    internal static int IndexOf(FlowClass flowClass) => flowClass switch
    {
        FlowClass.Virtual => 0,
        FlowClass.Subnet => 1,
        FlowClass.Exit => 2,
        FlowClass.Physical => 3,
        _ => 4,
    };

    internal void Add(in FlowValues flow, FlowClass flowClass)
    {
        FlowCount++;
        _pending[IndexOf(flowClass)] += flow.Counts;
        if (flowClass == FlowClass.Physical)
        {
            // The same bytes again, below the tunnel.
            return;
        }

        IpAddr source = flow.Source.Address, destination = flow.Destination.Address;
        HasSummedConnections |= !source.IsValid && !destination.IsValid;
        Connections.Add(
            new ReportConnection(flow.Protocol, flow.Source, flow.Destination, flowClass),
            new FlowGroupSum(flow.Counts, 1));
        Hosts.Add(flow);
        Peers.Add(flow);
        Ports.Add(flow);
        Protocols.Add(flow);
        AddPair(source, destination, flow.Counts.TxPackets, flow.Counts.TxBytes);
        AddPair(destination, source, flow.Counts.RxPackets, flow.Counts.RxBytes);
    }

    internal void AddWindow(NanoTime start, NanoTime end, string? source, string? node)
    {
        Note(_sources, source);
        Note(_nodes, node);
        if ((start, end) != _window)
        {
            FlushWindow();
            _window = (start, end);
            Extend(start, end);
        }
    }

    internal static double Seconds(NanoTime time) => time.UnixSeconds + (time.Nanoseconds / 1e9);

    private string FindCommonSuffix()
    {
        string[] names = [.. _names.Values.Distinct()];
        string first = names.FirstOrDefault("");
        int dot = first.IndexOf('.', StringComparison.Ordinal);
        string suffix = dot > 0 ? first[dot..] : "";
        bool isCommon = names.Length > 1 && Array.TrueForAll(
            names, name => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal));
        return isCommon ? suffix : "";
    }

    private static void Note(SortedSet<string> texts, string? text)
    {
        if (!string.IsNullOrEmpty(text) && texts.Count < MaxSources)
        {
            texts.Add(text);
        }
    }

    private static string? NameOf(NetLogMessage message) =>
        message.SrcNode?.ToString() is { Length: > 0 } name ? name : message.NodeId;

    private void AddPair(IpAddr from, IpAddr to, ulong packets, ulong bytes)
    {
        if ((packets > 0 || bytes > 0) && (from.IsValid || to.IsValid))
        {
            Pairs.Add((from, to), new FlowGroupSum(new FlowCounts(packets, bytes, 0, 0), 1));
        }
    }

    private void AddName(NetLogNode? node)
    {
        if (node is { Name.Length: > 0 } && _names.Count < MaxNames)
        {
            foreach (IpAddr address in node.AddressValues)
            {
                _names[address] = node.Name;
            }
        }
    }

    /// <summary>Whether a time can be in the chart; a message without times begins in the year 1.</summary>
    private static bool IsPlausible(NanoTime time) => time.UnixSeconds is >= 0 and < LatestSecond;

    private void Extend(NanoTime start, NanoTime end)
    {
        if (!IsPlausible(start) || !IsPlausible(end))
        {
            return;
        }

        _start = _start is { } first && first < start ? first : start;
        _end = _end is { } last && last > end ? last : end;
    }

    /// <summary>Flows come window by window: a window is put into the chart once.</summary>
    private void FlushWindow()
    {
        double from = Seconds(_window.Start), to = Seconds(_window.End);
        bool isPlausible = IsPlausible(_window.Start) && IsPlausible(_window.End);
        if (isPlausible && Array.Exists(_pending, counts => !counts.IsZero))
        {
            Traffic.AddWindow(from, to);
        }

        for (int i = 0; i < ClassCount; i++)
        {
            if (isPlausible)
            {
                Traffic.Add(from, to, i, _pending[i].TxBytes);
                Traffic.Add(from, to, ClassCount + i, _pending[i].RxBytes);
            }
            else
            {
                BytesWithoutTime += _pending[i].TotalBytes;
            }

            _classes[i] += _pending[i];
            _pending[i] = default;
        }
    }
}
