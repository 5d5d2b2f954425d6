using System;
using System.Buffers;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary>Makes network log messages of windows: one line of JSON each, to a file or to standard output.</summary>
internal sealed class NetLogSink : FlowSink
{
    private readonly NetLogMessageOptions _options;
    private readonly Action<ReadOnlyMemory<byte>> _write;
    private readonly ArrayBufferWriter<byte> _json = new();

    /// <summary>A sink.</summary>
    /// <param name="output">Where errors and warnings go.</param>
    /// <param name="options">How messages are made.</param>
    /// <param name="write">Takes whole lines.</param>
    internal NetLogSink(FlowOutput output, NetLogMessageOptions options, Action<ReadOnlyMemory<byte>> write)
        : base(output)
    {
        _options = options;
        _write = write;
    }

    /// <summary>The session, which knows the classifiers.</summary>
    internal FlowSession? Session { get; set; }

    public override void OnReport(FlowReport report)
    {
        // Every window of a source is complete when it is handed out.
        var builder = new NetLogMessageBuilder(_options, Session?.ClassifierOf(report.Window.Source));
        foreach (TupleCounts flow in report.TakeFlows())
        {
            builder.Add(flow);
        }

        foreach (NetLogMessage message in builder.Build(report.Window.Start, report.Window.End))
        {
            _json.ResetWrittenCount();
            NetLogJsonWriter.Write(_json, message, _options.Schema);
            _json.Write("\n"u8);
            _write(_json.WrittenMemory);
        }
    }
}
