using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using TunStats.Flows;
using TunStats.Links;
using TunStats.NetLog;
using TunStats.Netlink;

namespace TunStats.Cli.Commands;

/// <summary>Makes network log messages of windows: one line of JSON each, to a file or to standard output.</summary>
internal sealed class NetLogSink : FlowSink, IDisposable
{
    private readonly NetLogMessageOptions _options;
    private readonly ClassifierOptions _classes;
    private readonly Action<ReadOnlyMemory<byte>> _write;
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly Dictionary<string, Source> _sources = [];

    /// <summary>A sink.</summary>
    /// <param name="options">How messages are made.</param>
    /// <param name="classes">Where classes come from, beside the routes of each device.</param>
    /// <param name="write">Takes whole lines.</param>
    internal NetLogSink(
        NetLogMessageOptions options, ClassifierOptions classes, Action<ReadOnlyMemory<byte>> write)
    {
        _options = options;
        _classes = classes;
        _write = write;
    }

    public override void OnReport(FlowReport report)
    {
        Source source = SourceOf(report.Window.Source ?? "");
        foreach (TupleCounts flow in report.TakeFlows())
        {
            Write(source.Collector.Add(flow));
        }

        // A device's window is complete when it is handed out, a file's as well.
        Write(source.Collector.Finish());
    }

    public void Dispose()
    {
        foreach (Source source in _sources.Values)
        {
            source.Classes?.Dispose();
        }
    }

    private Source SourceOf(string name)
    {
        if (_sources.TryGetValue(name, out Source? known))
        {
            return known;
        }

        bool isFile = name.Contains('/', StringComparison.Ordinal) || File.Exists(name);
        ClassifierOptions options = isFile ? _classes : _classes with { Devices = [name] };
        ClassifierSource? classes = options.IsEmpty ? null : ClassifierSource.Open(options);
        if (classes is null || classes.Current.Routes.IsEmpty)
        {
            OnWarning($"{name}: no routes are known, so all traffic is exit traffic; give --route");
        }

        var source = new Source(classes, new NetLogCollector(_options, () => Current(classes)));
        _sources[name] = source;
        return source;
    }

    private FlowClassifier? Current(ClassifierSource? classes)
    {
        try
        {
            classes?.Refresh();
        }
        catch (Exception e) when (e is NetlinkException or LinkException or ClassifierException)
        {
            // Routes of a moment ago are better than none.
            OnWarning($"the routes could not be read again: {e.Message}");
        }

        return classes?.Current;
    }

    private void Write(IReadOnlyList<NetLogMessage> messages)
    {
        foreach (NetLogMessage message in messages)
        {
            _json.ResetWrittenCount();
            NetLogJsonWriter.Write(_json, message, _options.Schema);
            _json.Write("\n"u8);
            _write(_json.WrittenMemory);
        }
    }

    private sealed record Source(ClassifierSource? Classes, NetLogCollector Collector);
}
