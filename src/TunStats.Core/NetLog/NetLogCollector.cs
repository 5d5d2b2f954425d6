using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Makes messages of flows in consecutive windows, from one or several sources: the messages of a window are complete
/// when its source starts another window.
/// </summary>
internal sealed class NetLogCollector
{
    private readonly Dictionary<(string?, string?), Window> _windows = [];
    private readonly NetLogMessageOptions _options;
    private readonly Func<FlowClassifier?> _classifier;
    private readonly NanoTime? _start;
    private readonly NanoTime? _end;

    /// <summary>Makes a collector.</summary>
    /// <param name="options">How messages are made.</param>
    /// <param name="classifier">
    /// Called at the first flow of each window for its classifier; null for none.
    /// </param>
    /// <param name="start">The first instant of one message of all flows; null for that of the windows.</param>
    /// <param name="end">The last instant of one message of all flows; null for that of the windows.</param>
    /// <exception cref="ArgumentException">The end is before the start.</exception>
    public NetLogCollector(
        NetLogMessageOptions options,
        Func<FlowClassifier?>? classifier = null,
        NanoTime? start = null,
        NanoTime? end = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (start is { } first && end is { } last)
        {
            Check(first, last);
        }

        _options = options;
        _classifier = classifier ?? (() => null);
        _start = start;
        _end = end;
    }

    private bool IsOneWindow => _start is not null || _end is not null;

    /// <summary>
    /// Whether one end is IPv4 and the other IPv6, which is impossible except for physical traffic.
    /// </summary>
    public static bool HasMixedFamilies(TupleCounts flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        return flow.Class != FlowClass.Physical
            && flow.SrcEndpoint.IsValid
            && flow.DstEndpoint.IsValid
            && flow.SrcEndpoint.Address.Unmap().Is4 != flow.DstEndpoint.Address.Unmap().Is4;
    }

    /// <summary>Collects a flow.</summary>
    /// <returns>The messages of the window that it completes; mostly none.</returns>
    public IReadOnlyList<NetLogMessage> Add(TupleCounts flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        IReadOnlyList<NetLogMessage> complete = [];
        (string?, string?) key = IsOneWindow ? default : (flow.Source, flow.Node);
        if (_windows.TryGetValue(key, out Window? window) && !IsOneWindow && !window.Has(flow))
        {
            complete = window.Build();
            window = null;
        }

        if (window is null)
        {
            NetLogMessageOptions options = flow.Node is { } node && _options.NodeId.Length == 0
                ? _options with { NodeId = node }
                : _options;
            window = new Window(new NetLogMessageBuilder(options, _classifier()), flow);
            _windows[key] = window;
        }

        window.Add(flow);
        return complete;
    }

    /// <summary>Makes messages of the remaining windows, in order of their start.</summary>
    /// <exception cref="ArgumentException">The end is before the start.</exception>
    public IReadOnlyList<NetLogMessage> Finish()
    {
        NetLogMessage[] messages =
        [
            .. _windows.Values.OrderBy(window => window.Start).SelectMany(window =>
            {
                NanoTime start = _start ?? window.Start;
                NanoTime end = _end ?? window.End;
                Check(start, end);
                return window.Build(start, end);
            }),
        ];
        _windows.Clear();
        return messages;
    }

    private static void Check(NanoTime start, NanoTime end)
    {
        if (end < start)
        {
            throw new ArgumentException($"The end ({end}) is before the start ({start}).", nameof(end));
        }
    }

    private sealed class Window(NetLogMessageBuilder builder, TupleCounts first)
    {
        internal NanoTime Start { get; private set; } = first.Window.Start;

        internal NanoTime End { get; private set; } = first.Window.End;

        internal bool Has(TupleCounts flow) => flow.Window.Start == Start && flow.Window.End == End;

        internal void Add(TupleCounts flow)
        {
            Start = flow.Window.Start < Start ? flow.Window.Start : Start;
            End = flow.Window.End > End ? flow.Window.End : End;
            builder.Add(flow);
        }

        internal IReadOnlyList<NetLogMessage> Build() => Build(Start, End);

        internal IReadOnlyList<NetLogMessage> Build(NanoTime start, NanoTime end) => builder.Build(start, end);
    }
}
