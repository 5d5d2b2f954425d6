using TunStats.Cli.Arguments;
using TunStats.Flows;

namespace TunStats.Cli.Commands;

/// <summary>The option <c>--group-by</c>.</summary>
internal static class GroupByOption
{
    internal static Option Make(string description) =>
        Option.Choice("--group-by", "WHAT", ["host", "peer", "port", "class", "protocol"], description);

    /// <summary>What was given; null if nothing was.</summary>
    /// <exception cref="UsageException">The value is not known.</exception>
    internal static FlowGrouping? Read(ParsedArguments arguments, Option option) => arguments.Value(option) switch
    {
        null => null,
        "host" => FlowGrouping.Host,
        "peer" => FlowGrouping.Peer,
        "port" => FlowGrouping.Port,
        "class" => FlowGrouping.Class,
        "protocol" => FlowGrouping.Protocol,
        { } other => throw new UsageException(
            $"--group-by '{other}' is not known; give host, peer, port, class or protocol"),
    };
}
