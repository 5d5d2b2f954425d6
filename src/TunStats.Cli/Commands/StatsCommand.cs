using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Cli.Arguments;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Polling;

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

    private readonly Option _detailed = Option.Switch(
        "--detailed", "Show the state of the link and its queue; with --json in addition to the counters.");

    private readonly Option _rate = Option.Value(
        "--rate",
        "TIME",
        "Look twice, this far apart, and show rates: 1s, 500ms; 100 ms to 1 day.");

    internal override string Name => "stats";

    internal override string Summary => "Shows the kernel's 64-bit counters of tunnel devices.";

    internal override Operands Operands { get; } =
        new("NAME", "Names and wildcards of interfaces; default: all tunnel devices.", IsRequired: false);

    internal override IReadOnlyList<Option> Options => [_all, _space, _json, _detailed, _rate];

    internal override int Run(ParsedArguments arguments)
    {
        if (arguments.Has(_all) && arguments.Operands.Count > 0)
        {
            throw new UsageException("--all takes all interfaces; leave it out to name some");
        }

        arguments.RequireDevices();
        TimeSpan? rate = arguments.Duration(
            _rate, LinkPollerOptions.MinInterval, LinkPollerOptions.MaxInterval, "100 ms to 1 day");
        using NetworkNamespace? there =
            arguments.Value(_space) is { } space ? NetworkNamespace.Open(space) : null;
        using LinkClient client = LinkClient.Open(there);
        return rate is { } interval
            ? RunTwice(arguments, client, interval, TimeProvider.System)
            : RunOnce(arguments, client);
    }

    private int RunOnce(ParsedArguments arguments, LinkClient client)
    {
        using IStatsWriter writer = arguments.Has(_json)
            ? new StatsJsonWriter()
            : new StatsTableWriter(arguments.Has(_detailed));
        var sink = new StatsSink(writer.Write);
        Select(arguments, new LinkQuery(client, sink) { IsDetailed = arguments.Has(_detailed) });
        writer.Flush();
        return sink.Errors == 0 ? 0 : 1;
    }

    private int RunTwice(
        ParsedArguments arguments, LinkClient client, TimeSpan interval, TimeProvider timeProvider)
    {
        using var output = new QueuedOutput(
            StandardDescriptors.Borrow(StandardDescriptors.Output), OutputPolicy.Wait, timeProvider);
        using SampleJsonWriter? json = arguments.Has(_json) ? new SampleJsonWriter(output) : null;
        ISampleWriter writer = json is null ? new SampleTableWriter(output, arguments.Has(_detailed)) : json;
        var sink = new StatsSink(static _ => { });
        var rates = new LinkRateQuery(writer.Write, sink, timeProvider);
        var query = new LinkQuery(client, rates) { IsDetailed = arguments.Has(_detailed) };
        Select(arguments, query);
        try
        {
            rates.LookAgain(interval, () => Select(arguments, query));
            output.Complete(CancellationToken.None);
        }
        catch (DescriptorException e) when (e.Errno == Errno.EPIPE)
        {
            // Whoever read the output has read enough.
        }

        return sink.Errors == 0 ? 0 : 1;
    }

    private void Select(ParsedArguments arguments, LinkQuery query)
    {
        if (arguments.Has(_all))
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
    }
}
