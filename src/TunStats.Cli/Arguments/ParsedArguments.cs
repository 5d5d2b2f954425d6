using System;
using System.Collections.Generic;
using TunStats.IO;
using TunStats.Links;

namespace TunStats.Cli.Arguments;

/// <summary>The arguments of one command: operands, and options with their values.</summary>
internal sealed class ParsedArguments
{
    private readonly List<string> _operands = [];
    private readonly List<(Option Option, string Value)> _options = [];

    /// <summary>The arguments that are not options, in their order.</summary>
    internal IReadOnlyList<string> Operands => _operands;

    /// <summary>Refuses operands that can be neither a name of a device nor a wildcard.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    internal void RequireDevices()
    {
        foreach (string operand in _operands)
        {
            if (LinkNamePattern.FindFault(operand) is { } fault)
            {
                throw new UsageException(fault);
            }
        }
    }

    /// <summary>Whether an option was given.</summary>
    internal bool Has(Option option) => Value(option) is not null;

    /// <summary>The value of an option; empty for a switch, null if it was not given.</summary>
    internal string? Value(Option option)
    {
        foreach ((Option given, string value) in _options)
        {
            if (given == option)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The values of an option that may be repeated.</summary>
    internal IReadOnlyList<string> Values(Option option)
    {
        List<string> values = [];
        foreach ((Option given, string value) in _options)
        {
            if (given == option)
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>The value of an option as a time.</summary>
    /// <param name="option">The option.</param>
    /// <param name="min">The shortest time.</param>
    /// <param name="max">The longest time.</param>
    /// <param name="range">Both, as users read them, such as "100 ms to 1 day".</param>
    /// <returns>Null if the option was not given.</returns>
    /// <exception cref="UsageException">The value is not a time, or out of range.</exception>
    internal TimeSpan? Duration(Option option, TimeSpan min, TimeSpan max, string range)
    {
        if (Value(option) is not { } text)
        {
            return null;
        }

        if (!Durations.TryParse(text, out TimeSpan time))
        {
            throw new UsageException(
                $"{option.Name} '{text}' is not a valid time; give seconds, or a number with its unit, such as 15, "
                + "500ms, 5m or 1h");
        }

        return time >= min && time <= max
            ? time
            : throw new UsageException($"{option.Name} {text} is out of range; give {range}");
    }

    /// <summary>The value of an option as a whole number.</summary>
    /// <param name="option">The option.</param>
    /// <param name="max">The largest number; the smallest is 1.</param>
    /// <returns>Null if the option was not given.</returns>
    /// <exception cref="UsageException">The value is not a number, or out of range.</exception>
    internal long? Count(Option option, long max) =>
        Value(option) is not { } text ? null
        : long.TryParse(
            text,
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out long number) && number >= 1 && number <= max ? number
        : throw new UsageException($"{option.Name} '{text}' is not a valid number; give 1 to {max}");

    /// <summary>Refuses options that have no effect.</summary>
    /// <param name="reason">Why not, after the option's name.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="UsageException">One of them was given.</exception>
    internal void Refuse(string reason, params Option[] options)
    {
        foreach (Option option in options)
        {
            if (Has(option))
            {
                throw new UsageException($"{option.Name} {reason}; leave it out");
            }
        }
    }

    internal void Add(string operand) => _operands.Add(operand);

    internal void Add(Option option, string value) => _options.Add((option, value));
}
