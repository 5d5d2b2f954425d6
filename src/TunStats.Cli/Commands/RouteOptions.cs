using System;
using System.Collections.Generic;
using TunStats.Classes;
using TunStats.Cli.Arguments;
using TunStats.Net;

namespace TunStats.Cli.Commands;

/// <summary>The arguments that say which routes classify connections.</summary>
internal sealed class RouteOptions
{
    /// <summary>How users give routes, for messages.</summary>
    internal const string Hint = "--route, --route-file, --route-device or --local";

    private readonly Option _route = Option.List(
        "--route", "PREFIX", "A prefix that the tunnel carries, besides the device's own routes.");

    private readonly Option _file = Option.List("--route-file", "FILE", "A file of routes, as text or JSON.");

    private readonly Option _device = Option.List(
        "--route-device", "DEVICE", "A device whose routes classify captures, and devices instead of their own.");

    private readonly Option _overlay = Option.List(
        "--overlay",
        "PREFIX",
        "A prefix of the overlay network, or 'device' for the subnets of the device's addresses; default: Tailscale's "
        + "ranges where the device has an address in them, else the device's subnets.");

    internal IReadOnlyList<Option> Options => [_route, _file, _device, _overlay];

    /// <summary>The first option that was given; null if none was.</summary>
    internal Option? FirstGiven(ParsedArguments arguments)
    {
        foreach (Option option in Options)
        {
            if (arguments.Has(option))
            {
                return option;
            }
        }

        return null;
    }

    /// <summary>Whether the routes of a device were asked for by name.</summary>
    internal bool HasDevice(ParsedArguments arguments) => arguments.Has(_device);

    /// <summary>What was given.</summary>
    /// <param name="arguments">All arguments.</param>
    /// <param name="local">Addresses of this node.</param>
    /// <exception cref="UsageException">A prefix is not valid.</exception>
    internal ClassifierOptions Settings(ParsedArguments arguments, IReadOnlyList<string> local)
    {
        RequirePrefixes(arguments, _route);
        RequirePrefixes(arguments, _overlay);
        return new ClassifierOptions
        {
            LocalAddresses = local,
            Routes = arguments.Values(_route),
            RouteFiles = arguments.Values(_file),
            Devices = arguments.Values(_device),
            Overlay = arguments.Values(_overlay),
        };
    }

    private void RequirePrefixes(ParsedArguments arguments, Option option)
    {
        foreach (string text in arguments.Values(option))
        {
            bool isWord = option == _overlay
                && text.Equals(ClassifierOptions.OwnSubnets, StringComparison.OrdinalIgnoreCase);
            if (!isWord && !IpPrefix.TryParsePrefixOrAddress(text, out _, out IpParseError error))
            {
                throw new UsageException($"{option.Name} '{text}' is not a valid prefix: {error.Describe()}");
            }
        }
    }
}
