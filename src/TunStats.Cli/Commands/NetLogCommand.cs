using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Cli.Arguments;
using TunStats.Interop;
using TunStats.IO;
using TunStats.NetLog;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats netlog</c>: network log messages of devices and captures, and messages for people.</summary>
internal sealed class NetLogCommand : Command
{
    private readonly FlowOptions _flow = new();
    private readonly Option _route = Option.List(
        "--route", "PREFIX", "A prefix that the tunnel carries, besides the device's own routes.");

    private readonly Option _routeFile = Option.List("--route-file", "FILE", "A file of routes, as text or JSON.");
    private readonly Option _overlay = Option.List(
        "--overlay",
        "PREFIX",
        "A prefix of the overlay network, or 'device' for the subnets of the device's addresses; default: "
        + "Tailscale's ranges.");

    private readonly Option _schema = Option.Value(
        "--schema", "1|2", "1 for the messages of 2022, which is the default; 2 for today's.");

    private readonly Option _node = Option.Value("--node-id", "ID", "The stable id of this node.");
    private readonly Option _exit = Option.Switch("--include-exit", "Keep addresses and ports of exit traffic.");
    private readonly Option _out = Option.Value("--out", "FILE", "Append to this file instead of standard output.");
    private readonly Option _read = Option.Value(
        "--read", "FILE", "Show the messages of this file for people, '-' for standard input.");

    internal override string Name => "netlog";

    internal override string Summary => "Writes network log messages of devices and captures, or reads them.";

    internal override Operands Operands { get; } = FlowOptions.Sources(isRequired: false);

    internal override IReadOnlyList<Option> Options =>
        [.. _flow.Options, _route, _routeFile, _overlay, _schema, _node, _exit, _out, _read];

    internal override int Run(ParsedArguments arguments)
    {
        FlowSettings settings = _flow.Settings(arguments);
        if (arguments.Value(_schema) is { } schema and not ("1" or "2"))
        {
            throw new UsageException($"--schema '{schema}' is not known; give 1 or 2");
        }

        if (arguments.Value(_read) is { } path)
        {
            return settings.Sources.Count == 0
                ? NetLogReadRun.Run(path)
                : throw new UsageException("--read shows a file; leave the devices and captures out");
        }

        return settings.Sources.Count > 0
            ? Log(settings, arguments)
            : throw new UsageException("name devices or capture files, or a file with --read");
    }

    private int Log(FlowSettings settings, ParsedArguments arguments)
    {
        var classes = new ClassifierOptions
        {
            NetworkNamespace = settings.NetworkNamespace,
            LocalAddresses = _flow.LocalTexts(arguments),
            Routes = arguments.Values(_route),
            RouteFiles = arguments.Values(_routeFile),
            Overlay = arguments.Values(_overlay),
        };
        var messages = new NetLogMessageOptions
        {
            Schema = arguments.Value(_schema) == "2" ? NetLogSchema.V2 : NetLogSchema.V1,
            NodeId = arguments.Value(_node) ?? "",
            IncludeExit = arguments.Has(_exit),
            Reclassify = true,
        };
        using var output = new DescriptorOutput(
            StandardDescriptors.Borrow(StandardDescriptors.Output), TimeProvider.System);
        using AppendedFile? target = arguments.Value(_out) is { } path ? OpenForAppend(path) : null;
        using var sink = new NetLogSink(messages, classes, line =>
        {
            if (target is null)
            {
                output.Write(line.Span, CancellationToken.None);
                output.Flush(CancellationToken.None);
            }
            else
            {
                target.WriteLine(line.Span);
            }
        });
        return FlowRun.Run(settings, sink, TimeProvider.System, () => { });
    }

    private static AppendedFile OpenForAppend(string path)
    {
        try
        {
            return AppendedFile.Open(path);
        }
        catch (AppendedFileException e)
        {
            throw new FailureException($"--out: {e.Message}");
        }
    }
}
