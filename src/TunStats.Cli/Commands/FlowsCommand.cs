using System;
using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats flows</c>: every connection's packets and bytes, of devices and capture files.</summary>
internal sealed class FlowsCommand : Command
{
    private readonly FlowOptions _flow = new();
    private readonly Option _top = Option.Value("--top", "N", "Show the N largest connections of each window.");
    private readonly Option _json = Option.Switch("--json", "Write one JSON object per connection and line.");

    internal override string Name => "flows";

    internal override string Summary => "Counts every connection's packets and bytes, of devices and captures.";

    internal override Operands Operands { get; } = FlowOptions.Sources(isRequired: true);

    internal override IReadOnlyList<Option> Options => [.. _flow.Options, _top, _json];

    internal override int Run(ParsedArguments arguments)
    {
        FlowSessionOptions options = _flow.Settings(arguments) with
        {
            Top = (int?)arguments.Count(_top, int.MaxValue),
        };
        using var output = new FlowOutput(TimeProvider.System);
        FlowSink sink = arguments.Has(_json) ? new FlowJsonSink(output) : new FlowTableSink(output);
        return FlowRun.Run(options, output, sink);
    }
}
