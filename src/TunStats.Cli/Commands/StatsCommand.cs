using System.CommandLine;
using TunStats.Links;
using TunStats.Netlink;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats stats</c>: the counters of interfaces, as a table or as JSON.</summary>
internal static class StatsCommand
{
    internal static Command Create()
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Names and wildcards of interfaces; every tunnel device where none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = new Option<bool>("--all") { Description = "Every interface, of whatever kind." };
        var space = new Option<string?>("--netns")
        {
            Description = "The network namespace to ask: a name of ip netns, a path, or a process id.",
            HelpName = "NS",
        };
        var json = new Option<bool>("--json") { Description = "One JSON object per line." };
        var command = new Command("stats", "Shows the kernel's 64-bit counters of tunnel devices.")
        {
            names,
            all,
            space,
            json,
        };
        command.Validators.Add(result =>
        {
            foreach (string name in result.GetValue(names) ?? [])
            {
                if (name.StartsWith('-'))
                {
                    result.AddError($"there is no option {name}; 'tunstats stats --help' lists them");
                }
            }

            if (result.GetValue(all) && result.GetValue(names)?.Length > 0)
            {
                result.AddError("--all takes every interface; leave it out to name some");
            }
        });
        command.SetAction(parsed => Run(
            parsed.GetValue(names) ?? [], parsed.GetValue(all), parsed.GetValue(space), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] names, bool all, string? space, bool json)
    {
        using NetworkNamespace? there = space is null ? null : NetworkNamespace.Open(space);
        using LinkClient client = LinkClient.Open(there);
        using IStatsWriter writer = json ? new StatsJsonWriter() : new StatsTableWriter();
        var sink = new StatsSink(writer);
        var query = new LinkQuery(client, sink);
        if (all)
        {
            query.ReadAll();
        }
        else if (names.Length > 0)
        {
            query.ReadByName(names);
        }
        else
        {
            query.ReadTunnels();
        }

        writer.Flush();
        return sink.Errors == 0 ? 0 : 1;
    }
}
