using System.Collections.Generic;

namespace TunStats.Cli.Arguments;

/// <summary>One command of the program, such as <c>tunstats stats</c>.</summary>
internal abstract class Command
{
    /// <summary>The word that selects it.</summary>
    internal abstract string Name { get; }

    /// <summary>What it does, in one line of the help.</summary>
    internal abstract string Summary { get; }

    /// <summary>What it takes besides options.</summary>
    internal abstract Operands Operands { get; }

    /// <summary>Its options, in the order of the help.</summary>
    internal abstract IReadOnlyList<Option> Options { get; }

    /// <summary>Runs it.</summary>
    /// <param name="arguments">What was given; each option and operand is known to it.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">A value is wrong, or the options do not go together.</exception>
    internal abstract int Run(ParsedArguments arguments);
}
