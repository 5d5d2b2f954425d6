using System;
using System.Collections.Generic;

namespace TunStats.Cli.Arguments;

/// <summary>Completion scripts for bash, zsh and fish, from the tables that the help is made of.</summary>
internal static partial class ShellCompletion
{
    /// <summary>The shells that there is a script for.</summary>
    internal static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>Writes the script of a shell.</summary>
    /// <param name="shell">One of <see cref="Shells"/>.</param>
    /// <param name="commands">All commands.</param>
    /// <param name="options">The options of the program itself.</param>
    internal static string Of(string shell, IReadOnlyList<Command> commands, IReadOnlyList<Option> options) =>
        shell switch
        {
            "bash" => Bash(commands, options),
            "zsh" => Zsh(commands, options),
            "fish" => Fish(commands, options),
            _ => throw new UsageException(
                $"--completion '{shell}' is not known; give {string.Join(", ", Shells[..^1])} or {Shells[^1]}"),
        };

    /// <summary>What completes a value: by what the help calls it.</summary>
    private static Source SourceOf(Option option) => option switch
    {
        { Choices.Count: > 0 } => Source.Words,
        { ValueName: "FILE" or "PATH" } => Source.Files,
        { ValueName: "DEVICE" } => Source.Devices,
        { ValueName: "NS" } => Source.Namespaces,
        _ => Source.None,
    };

    private static Source SourceOf(Operands operands) => operands.Name switch
    {
        "NAME" or "DEVICE" => Source.Devices,
        "FILE" => Source.Files,
        _ => Source.DevicesAndFiles,
    };

    private static IEnumerable<string> Names(Option option) => [.. option.Aliases, option.Name];

    /// <summary>The first sentence, without its full stop.</summary>
    private static string Brief(string description)
    {
        int end = description.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? description : description[..end]).TrimEnd('.');
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private enum Source
    {
        None,
        Words,
        Files,
        Devices,
        Namespaces,
        DevicesAndFiles,
    }
}
