using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Logging;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats netlog</c>: network log messages of devices and captures, and messages for people.</summary>
internal sealed class NetLogCommand : Command
{
    private readonly FlowOptions _flow = new();
    private readonly RouteOptions _routes = new();

    private readonly Option _schema = Option.Choice(
        "--schema", "1|2", ["1", "2"], "1 for the messages of 2022, which is the default; 2 for today's.");

    private readonly Option _node = Option.Value("--node-id", "ID", "The stable id of this node, with --schema 2.");
    private readonly Option _exit = Option.Switch("--include-exit", "Keep addresses and ports of exit traffic.");
    private readonly Option _envelope = Option.Switch(
        "--envelope",
        "Write each message to standard output as files get it: with the logger's id and a sequence number.");

    private readonly LogSinkOptions _sinks = new();
    private readonly MetricsOptions _metrics = new("It is removed at the end.");
    private readonly Option _physical = Option.Choice(
        "--physical",
        "LAYER",
        ["auto", "wireguard", "tailscale", "none"],
        "The source of peers and of traffic below the tunnel: auto (default), wireguard, tailscale or none.");

    private readonly Option _read = Option.Value(
        "--read", "FILE", "Show the messages of this file for people, '-' for standard input.");

    internal override string Name => "netlog";

    internal override string Summary => "Writes network log messages of devices and captures, or reads them.";

    internal override Operands Operands { get; } = FlowOptions.Sources(isRequired: false);

    internal override IReadOnlyList<Option> Options =>
        [
            .. _flow.Options, .. _routes.Options, _schema, _node, _exit, _physical, _envelope,
            .. _sinks.Options, .. _metrics.Options, _read,
        ];

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
        NetLoggerOptions logger = _sinks.Settings(arguments, new NetLoggerOptions
        {
            Flows = options with
            {
                Classes = _routes.Settings(arguments, _flow.LocalTexts(arguments)),
                RouteHint = RouteOptions.Hint,
                Peers = new PeerSourceOptions { Layer = Layer(arguments) },
            },
            Messages = messages,
            Opened = session => _flow.RefuseUnused(
                arguments, session, isClassified: true, _routes.HasDevice(arguments)),
        });
        if (logger.HasSinks)
        {
            arguments.Refuse("goes with standard output alone", _envelope);
        }

        return NetLogRun.Run(logger, arguments.Has(_envelope), _metrics.Settings(arguments));
    }

    private PhysicalLayer Layer(ParsedArguments arguments) => arguments.Value(_physical) switch
    {
        null or "auto" => PhysicalLayer.Auto,
        "wireguard" => PhysicalLayer.WireGuard,
        "tailscale" => PhysicalLayer.Tailscale,
        "none" => PhysicalLayer.None,
        { } text => throw new UsageException(
            $"--physical '{text}' is not known; give auto, wireguard, tailscale or none"),
    };
}
