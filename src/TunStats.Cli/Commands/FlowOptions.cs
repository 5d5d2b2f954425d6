using System;
using System.Collections.Generic;
using TunStats.Capture;
using TunStats.Cli.Arguments;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;
using TunStats.Sessions;

namespace TunStats.Cli.Commands;

/// <summary>The arguments that <c>tunstats flows</c> and <c>tunstats netlog</c> share.</summary>
internal sealed class FlowOptions
{
    private const long Mebibyte = 1 << 20;

    private readonly Option _duration = Option.Value(
        "--duration", "TIME", "How long to capture from devices; default 5 s, unlimited with --interval.", "-d");

    private readonly Option _interval = Option.Value(
        "--interval",
        "TIME",
        "Report in consecutive windows of this length, of a device or of a file's own time.",
        "-i");

    private readonly Option _local = LocalOption();

    private readonly Option _space = NamespaceOption();

    private readonly Option _ring = Option.Value(
        "--ring-buffer",
        "MIB",
        "The capture buffer of each device; default 32 for one device, less for several, 512 in all. The kernel may "
        + "take seconds for thousands of MiB; windows begin after that. Packets lost because it was full are "
        + "reported.");

    internal IReadOnlyList<Option> Options => [_duration, _interval, _local, _space, _ring];

    internal static Operands Sources(bool isRequired) => new(
        "DEVICE|FILE",
        "Devices, by name or wildcard, and capture files (pcap or pcapng, also compressed with gzip; '-' for standard "
        + "input). Wildcards are resolved once, at the start; a device that is renamed is still counted under its "
        + "first name.",
        isRequired);

    /// <summary>What was given.</summary>
    /// <exception cref="UsageException">A value is not valid; the message says which and why.</exception>
    internal FlowSessionOptions Settings(ParsedArguments arguments)
    {
        TimeSpan? interval = Time(arguments, _interval);
        List<FlowInput> inputs = [];
        bool hasStandardInput = false;
        foreach (string source in arguments.Operands)
        {
            if (source == InputFile.StandardInput && hasStandardInput)
            {
                throw new UsageException("standard input ('-') is given twice; give it once");
            }

            hasStandardInput |= source == InputFile.StandardInput;
            inputs.Add(new FlowInput(FlowInputKind.DeviceOrFile, source));
        }

        return new FlowSessionOptions
        {
            Inputs = inputs,
            Duration = Time(arguments, _duration),
            Interval = interval,
            IsContinuous = interval is not null,
            RingBytes = arguments.Count(_ring, RingBudget.Largest / Mebibyte) * Mebibyte,
            LocalAddresses = Addresses(LocalTexts(arguments)),
            NetworkNamespace = arguments.Value(_space),
        };
    }

    /// <summary>Refuses options that have no effect on the sources that were found.</summary>
    /// <param name="arguments">What was given.</param>
    /// <param name="session">The session, open; nothing was counted yet.</param>
    /// <param name="isClassified">Whether flows are classified: then --local has an effect on devices.</param>
    /// <param name="hasRouteDevice">Whether --netns has an effect without devices.</param>
    /// <exception cref="UsageException">An option has no effect; the message says which.</exception>
    internal void RefuseUnused(ParsedArguments arguments, FlowSession session, bool isClassified, bool hasRouteDevice)
    {
        if (session.FileCount == arguments.Operands.Count)
        {
            const string Reason = "is for devices, and only capture files are given";
            arguments.Refuse(Reason, _duration, _ring);
            if (!hasRouteDevice)
            {
                arguments.Refuse(Reason, _space);
            }
        }

        if (session.FileCount == 0 && session.HasLive && !isClassified)
        {
            arguments.Refuse("is for capture files, and only devices are given", _local);
        }
    }

    internal static Option NamespaceOption() => Option.Value(
        "--netns",
        "NS",
        "The devices' network namespace: a name of ip netns, a path, or a process id.",
        "--namespace");

    internal static Option LocalOption() => Option.List(
        "--local", "ADDRESS", "An address of this node, for captures that do not say directions.");

    internal IReadOnlyList<string> LocalTexts(ParsedArguments arguments) => arguments.Values(_local);

    private static TimeSpan? Time(ParsedArguments arguments, Option option) => arguments.Duration(
        option, FlowMeterOptions.MinInterval, FlowMeterOptions.MaxInterval, "10 ms to 1 day");

    internal static List<IpAddr> Addresses(IReadOnlyList<string> texts)
    {
        List<IpAddr> addresses = [];
        foreach (string text in texts)
        {
            addresses.Add(IpPrefix.TryParsePrefixOrAddress(text, out IpPrefix prefix, out IpParseError error)
                ? prefix.Address
                : throw new UsageException($"--local '{text}' is not a valid address: {error.Describe()}"));
        }

        return addresses;
    }
}
