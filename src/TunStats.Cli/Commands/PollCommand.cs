using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using TunStats.Polling;

namespace TunStats.Cli.Commands;

/// <summary><c>tunstats poll</c>: samples of devices over time, as table rows or JSON lines, and as metrics.</summary>
internal static class PollCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(15);

    internal static Command Create()
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Names and wildcards of devices. A name that is not there yet is waited for.",
            Arity = ArgumentArity.OneOrMore,
        };
        var interval = new Option<string?>("--interval", "-i")
        {
            Description = "The time from poll to poll, in seconds or with a unit: 0.5, 500ms, 1m; 100 ms to 1 day, "
                + "15 s unless it is given.",
            HelpName = "TIME",
        };
        var count = new Option<string?>("--count", "-c")
        {
            Description = "Ends after so many polls.",
            HelpName = "N",
        };
        var json = new Option<bool>("--json") { Description = "One JSON object per sample and line." };
        var space = new Option<string?>("--netns", "--namespace")
        {
            Description = "The network namespace to poll: a name of ip netns, a path, or a process id.",
            HelpName = "NS",
        };
        var file = new Option<string?>("--metrics-file")
        {
            Description = "Keeps the totals as OpenMetrics text in this file, such as for node_exporter's textfile "
                + "collector, and removes it at the end.",
            HelpName = "FILE",
        };
        var listen = new Option<string?>("--metrics-listen")
        {
            Description = "Serves the totals at /metrics of this address, such as 127.0.0.1:9101.",
            HelpName = "ADDRESS",
        };
        var force = new Option<bool>("--force") { Description = "Serves the totals to other machines, too." };
        var command = new Command("poll", "Samples the counters of devices at once and then again and again.")
        {
            names,
            interval,
            count,
            json,
            space,
            file,
            listen,
            force,
        };
        command.Validators.Add(result =>
        {
            if (FindFault(result) is { } fault)
            {
                result.AddError(fault);
            }
        });
        command.SetAction(parsed => PollRun.Run(
            new PollSettings(
                Options(parsed.CommandResult),
                parsed.GetValue(json),
                parsed.GetValue(file),
                Address(parsed.CommandResult)),
            TimeProvider.System));
        return command;

        string? FindFault(CommandResult result)
        {
            if (Array.Find(result.GetValue(names) ?? [], n => n.StartsWith('-')) is { } word)
            {
                return $"there is no option {word}; 'tunstats poll --help' lists them";
            }

            try
            {
                Address(result);
                return Options(result).FindFault()?.Message;
            }
            catch (Exception e) when (e is FormatException or MetricsEndpointException)
            {
                return e.Message;
            }
        }

        LinkPollerOptions Options(CommandResult result) => new()
        {
            Names = result.GetValue(names) ?? [],
            Interval = result.GetValue(interval) is { } time ? Durations.Parse(time) : DefaultInterval,
            MaxBeats = result.GetValue(count) is { } number ? ParseCount(number) : null,
            NetworkNamespace = result.GetValue(space),
            Metrics = result.GetValue(file) is null && result.GetValue(listen) is null ? null : new PollerMetrics(),
        };

        MetricsEndpointAddress? Address(CommandResult result) =>
            result.GetValue(listen) is { } text ? MetricsEndpointAddress.Parse(text, result.GetValue(force)) : null;
    }

    private static long ParseCount(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long count)
            ? count
            : throw new FormatException($"'{text}' is no number of polls");
}
