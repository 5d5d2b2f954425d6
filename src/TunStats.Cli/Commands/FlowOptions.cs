using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using TunStats.Flows;
using TunStats.Packets;
using TunStats.Routes;

namespace TunStats.Cli.Commands;

/// <summary>The arguments that <c>tunstats flows</c> and <c>tunstats netlog</c> share.</summary>
internal sealed class FlowOptions
{
    private readonly Argument<string[]> _sources = new("DEVICE|FILE")
    {
        Description = "Devices, by name or wildcard, and capture files (pcap or pcapng, also packed with gzip).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _duration = new("--duration", "-d")
    {
        Description = "How long to count devices: 5 s unless it is given, without end where --interval is.",
        HelpName = "TIME",
    };

    private readonly Option<string?> _interval = new("--interval", "-i")
    {
        Description = "A window after another of this length, of a device or of a file's own time.",
        HelpName = "TIME",
    };

    private readonly Option<string[]> _local = new("--local")
    {
        Description = "An address of this node, which tells the directions in captures that do not.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _space = new("--netns", "--namespace")
    {
        Description = "The devices' network namespace: a name of ip netns, a path, or a process id.",
        HelpName = "NS",
    };

    internal FlowOptions(Command command, Option<string?>? top = null)
    {
        Top = top;
        command.Add(_sources);
        command.Add(_duration);
        command.Add(_interval);
        if (top is not null)
        {
            command.Add(top);
        }

        command.Add(_local);
        command.Add(_space);
    }

    private Option<string?>? Top { get; }

    /// <summary>What was given.</summary>
    /// <exception cref="FormatException">A value is none of its kind; the message says which and why.</exception>
    internal FlowSettings Settings(CommandResult result)
    {
        string[] sources = result.GetValue(_sources) ?? [];
        if (Array.Find(sources, s => s.StartsWith('-')) is { } word)
        {
            throw new FormatException($"there is no option {word}; '--help' lists them");
        }

        return new FlowSettings
        {
            Sources = sources,
            Duration = Time(result.GetValue(_duration), "--duration"),
            Interval = Time(result.GetValue(_interval), "--interval"),
            Top = Top is not null && result.GetValue(Top) is { } top ? Number(top) : null,
            LocalAddresses = Addresses(result.GetValue(_local) ?? []),
            NetworkNamespace = result.GetValue(_space),
        };
    }

    internal IReadOnlyList<string> LocalTexts(CommandResult result) => result.GetValue(_local) ?? [];

    private static TimeSpan? Time(string? text, string option)
    {
        TimeSpan? time = text is null ? null : Durations.Parse(text);
        return time < FlowMeterOptions.MinInterval || time > FlowMeterOptions.MaxInterval
            ? throw new FormatException($"{option} {text} is out of range: it may be from 10 ms to 1 day")
            : time;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new FormatException($"'{text}' is no number of connections; give 1 or more");

    private static List<IpAddr> Addresses(string[] texts)
    {
        List<IpAddr> addresses = [];
        foreach (string text in texts)
        {
            addresses.Add(IpPrefix.TryParsePrefixOrAddress(text, out IpPrefix prefix, out IpParseError error)
                ? prefix.Address
                : throw new FormatException($"'{text}' is no address: {error.Describe()}"));
        }

        return addresses;
    }
}
