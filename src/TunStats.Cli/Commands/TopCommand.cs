using System.Collections.Generic;
using System.Threading;
using TunStats.Cli.Arguments;
using TunStats.Views;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats top</c>: devices and their connections, live on the whole screen.</summary>
internal sealed class TopCommand : Command
{
    private readonly RouteOptions _routes = new();
    private readonly Option _groupBy = GroupByOption.Make("Begin with sums by host, peer, port, class or protocol.");
    private readonly Option _space = FlowOptions.NamespaceOption();

    internal override string Name => "top";

    internal override string Summary => "Shows rates, drops and the largest connections of devices, live.";

    internal override Operands Operands { get; } = new(
        "NAME", "Devices, by name or wildcard; without one, all tunnels.", IsRequired: false);

    internal override IReadOnlyList<Option> Options => [_groupBy, _space, .. _routes.Options];

    internal override int Run(ParsedArguments arguments)
    {
        arguments.RequireDevices();
        var options = new LiveOptions
        {
            Names = arguments.Operands,
            NetworkNamespace = arguments.Value(_space),
            GroupBy = GroupByOption.Read(arguments, _groupBy),
            Classes = _routes.Settings(arguments, []),
            RouteHint = RouteOptions.Hint,
            HasColour = HumanText.IsColourWanted,
        };
        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(stop.Cancel);
        LiveView.Run(options, stop.Token);
        return 0;
    }
}
