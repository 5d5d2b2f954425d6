using System.Collections.Generic;
using TunStats.Cli.Arguments;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats stats</c>: the counters of interfaces, as a table or as JSON.</summary>
internal sealed class StatsCommand : Command
{
    private readonly Option _all = Option.Switch("--all", "All interfaces, not only tunnels.");
    private readonly Option _space = Option.Value(
        "--netns",
        "NS",
        "Ask this network namespace: a name of ip netns, a path, or a process id.",
        "--namespace");

    private readonly Option _json = Option.Switch("--json", "Write one JSON object per line.");

    internal override string Name => "stats";

    internal override string Summary => "Shows the kernel's 64-bit counters of tunnel devices.";

    internal override Operands Operands { get; } =
        new("NAME", "Names and wildcards of interfaces; default: all tunnel devices.", IsRequired: false);

    internal override IReadOnlyList<Option> Options => [_all, _space, _json];

    internal override int Run(ParsedArguments arguments)
    {
        bool all = arguments.Has(_all);
        if (all && arguments.Operands.Count > 0)
        {
            throw new UsageException("--all takes all interfaces; leave it out to name some");
        }

        using NetworkNamespace? there =
            arguments.Value(_space) is { } space ? NetworkNamespace.Open(space) : null;
        using LinkClient client = LinkClient.Open(there);
        using IStatsWriter writer = arguments.Has(_json) ? new StatsJsonWriter() : new StatsTableWriter();
        var sink = new StatsSink(writer);
        var query = new LinkQuery(client, sink);
        if (all)
        {
            query.ReadAll();
        }
        else if (arguments.Operands.Count > 0)
        {
            query.ReadByName(arguments.Operands);
        }
        else
        {
            query.ReadTunnels();
        }

        writer.Flush();
        return sink.Errors == 0 ? 0 : 1;
    }
}
