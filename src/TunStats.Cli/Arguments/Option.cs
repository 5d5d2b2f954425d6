using System;
using System.Collections.Generic;

namespace TunStats.Cli.Arguments;

/// <summary>One option of a command: a switch, an option with a value, or one that may be repeated.</summary>
internal sealed class Option
{
    private readonly string[] _aliases;

    private Option(
        string name, string? valueName, bool isList, string description, string[] aliases, string[]? choices = null)
    {
        Choices = choices ?? [];
        Name = name;
        ValueName = valueName;
        IsList = isList;
        Description = description;
        _aliases = aliases;
    }

    /// <summary>The name with its dashes, such as <c>--interval</c>.</summary>
    internal string Name { get; }

    /// <summary>What the help calls the value; null for a switch, which has none.</summary>
    internal string? ValueName { get; }

    /// <summary>Whether it may be given more than once.</summary>
    internal bool IsList { get; }

    /// <summary>What it does, for the help.</summary>
    internal string Description { get; }

    /// <summary>The values that it takes, for shell completion; empty where any text may be valid.</summary>
    internal IReadOnlyList<string> Choices { get; }

    /// <summary>The other names, with their dashes.</summary>
    internal ReadOnlySpan<string> Aliases => _aliases;

    /// <summary>An option without a value.</summary>
    internal static Option Switch(string name, string description, params string[] aliases) =>
        new(name, null, isList: false, description, aliases);

    /// <summary>An option with a value, given at most once.</summary>
    internal static Option Value(string name, string valueName, string description, params string[] aliases) =>
        new(name, valueName, isList: false, description, aliases);

    /// <summary>An option with one of a few values, given at most once.</summary>
    internal static Option Choice(string name, string valueName, string[] choices, string description) =>
        new(name, valueName, isList: false, description, [], choices);

    /// <summary>An option with a value, given any number of times.</summary>
    internal static Option List(string name, string valueName, string description, params string[] aliases) =>
        new(name, valueName, isList: true, description, aliases);

    internal bool HasName(ReadOnlySpan<char> name)
    {
        if (name.SequenceEqual(Name))
        {
            return true;
        }

        foreach (string alias in _aliases)
        {
            if (name.SequenceEqual(alias))
            {
                return true;
            }
        }

        return false;
    }
}
