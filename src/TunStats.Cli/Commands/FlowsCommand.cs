using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Flows;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats flows</c>: every connection's packets and bytes, of devices and capture files.</summary>
internal sealed class FlowsCommand : Command
{
    private readonly FlowOptions _flow = new();
    private readonly RouteOptions _routes = new();
    private readonly Option _groupBy = GroupByOption.Make(
        "Show sums by host, peer, port, class or protocol instead of connections. A connection counts at both of its "
        + "hosts.");

    private readonly Option _top = Option.Value(
        "--top", "N", "Show the N largest connections, or groups, of each window.");

    private readonly Option _names = Option.Switch(
        "--resolve-names", "Name the ends of connections: peers of tunnels, then /etc/hosts.");

    private readonly Option _dns = Option.Switch(
        "--resolve-dns", "As --resolve-names, and look other addresses up in DNS.");

    private readonly Option _process = Option.Switch(
        "--include-process", "Show the local process of each connection of a device; of other users only as root.");

    private readonly Option _json = Option.Switch("--json", "Write one JSON object per line: a connection or a group.");

    internal override string Name => "flows";

    internal override string Summary => "Counts every connection's packets and bytes, of devices and captures.";

    internal override Operands Operands { get; } = FlowOptions.Sources(isRequired: true);

    internal override IReadOnlyList<Option> Options =>
        [.. _flow.Options, _top, _groupBy, .. _routes.Options, _names, _dns, _process, _json];

    internal override int Run(ParsedArguments arguments)
    {
        FlowSessionOptions options = _flow.Settings(arguments) with
        {
            Top = (int?)arguments.Count(_top, int.MaxValue),
            Names = arguments.Has(_names) || arguments.Has(_dns)
                ? new FlowNameOptions { UsesDns = arguments.Has(_dns) }
                : null,
            IncludesProcesses = arguments.Has(_process),
        };
        FlowGrouping? groupBy = GroupByOption.Read(arguments, _groupBy);
        bool usesClasses = groupBy is { } grouping && FlowGroups.UseClasses(grouping);
        if (usesClasses)
        {
            options = options with
            {
                Classes = _routes.Settings(arguments, _flow.LocalTexts(arguments)),
                RouteHint = RouteOptions.Hint,
            };
        }
        else if (_routes.FirstGiven(arguments) is { } route)
        {
            throw new UsageException($"{route.Name} has no effect without --group-by class; add that or leave it out");
        }

        if (groupBy is not null)
        {
            arguments.Refuse("is for connections, and --group-by sums them", _names, _dns, _process);
        }

        using var output = new FlowOutput(TimeProvider.System);
        FlowSink sink = groupBy is { } by ? new FlowGroupSink(output, by, arguments.Has(_json))
            : arguments.Has(_json) ? new FlowJsonSink(output)
            : new FlowTableSink(output);
        return SessionRunner.Run(
            options,
            output,
            sink,
            session =>
            {
                _flow.RefuseUnused(arguments, session, usesClasses, _routes.HasDevice(arguments));
                if (!session.HasLive && session.HasSources)
                {
                    arguments.Refuse("is for devices, and only capture files are given", _process);
                }
            });
    }
}
