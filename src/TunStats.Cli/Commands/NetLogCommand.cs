using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.NetLog;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats netlog</c>: network log messages of devices and captures, and messages for people.</summary>
internal sealed class NetLogCommand : Command
{
    private readonly FlowOptions _flow = new();
    private readonly RouteOptions _routes = new();

    private readonly Option _schema = Option.Value(
        "--schema", "1|2", "1 for the messages of 2022, which is the default; 2 for today's.");

    private readonly Option _node = Option.Value("--node-id", "ID", "The stable id of this node, with --schema 2.");
    private readonly Option _exit = Option.Switch("--include-exit", "Keep addresses and ports of exit traffic.");
    private readonly Option _out = Option.Value("--out", "FILE", "Append to this file instead of standard output.");
    private readonly Option _read = Option.Value(
        "--read", "FILE", "Show the messages of this file for people, '-' for standard input.");

    internal override string Name => "netlog";

    internal override string Summary => "Writes network log messages of devices and captures, or reads them.";

    internal override Operands Operands { get; } = FlowOptions.Sources(isRequired: false);

    internal override IReadOnlyList<Option> Options =>
        [.. _flow.Options, .. _routes.Options, _schema, _node, _exit, _out, _read];

    internal override int Run(ParsedArguments arguments)
    {
        FlowSessionOptions options = _flow.Settings(arguments);
        if (arguments.Value(_schema) is { } schema and not ("1" or "2"))
        {
            throw new UsageException($"--schema '{schema}' is not known; give 1 or 2");
        }

        if (arguments.Value(_read) is { } path)
        {
            foreach (Option option in Options)
            {
                if (option != _read)
                {
                    arguments.Refuse("has no effect on --read", option);
                }
            }

            return options.Inputs.Count == 0
                ? NetLogReadRun.Run(path)
                : throw new UsageException("--read shows a file; leave the devices and captures out");
        }

        if (arguments.Value(_schema) != "2")
        {
            arguments.Refuse("goes with --schema 2 alone", _node);
        }

        return options.Inputs.Count > 0
            ? Log(options, arguments)
            : throw new UsageException("name devices or capture files, or a file with --read");
    }

    private int Log(FlowSessionOptions options, ParsedArguments arguments)
    {
        var messages = new NetLogMessageOptions
        {
            Schema = arguments.Value(_schema) == "2" ? NetLogSchema.V2 : NetLogSchema.V1,
            NodeId = arguments.Value(_node) ?? "",
            IncludeExit = arguments.Has(_exit),
        };
        using var output = new FlowOutput(TimeProvider.System);
        using NetLogFile? target = arguments.Value(_out) is { } path ? NetLogFile.Open(path, output.Messages) : null;
        var sink = new NetLogSink(output, messages, line =>
        {
            if (target is null)
            {
                output.Write(line.Span);
                output.Flush();
            }
            else
            {
                target.Write(line);
            }
        });
        options = options with
        {
            Classes = _routes.Settings(arguments, _flow.LocalTexts(arguments)),
            RouteHint = RouteOptions.Hint,
        };
        int exitCode = FlowRun.Run(options, output, sink, session =>
        {
            _flow.RefuseUnused(arguments, session, isClassified: true, _routes.HasDevice(arguments));
            sink.Session = session;
        });
        target?.TellOfEnd();
        return target is { HasLost: true } ? 1 : exitCode;
    }
}
