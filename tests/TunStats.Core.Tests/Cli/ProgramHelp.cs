using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace TunStats.Tests.Cli;

/// <summary>What <c>tunstats --help</c> and the help of each command name.</summary>
internal static partial class ProgramHelp
{
    /// <summary>What the program writes.</summary>
    internal static async Task<string> OutputAsync(params string[] arguments)
    {
        using var program = new ConsoleProgram(arguments);
        (int code, string output, string error) = await program.EndAsync();
        return (code, error) == (0, "") ? output : throw new InvalidOperationException($"exit code {code}: {error}");
    }

    /// <summary>The names of all commands.</summary>
    internal static async Task<string[]> CommandsAsync() =>
        [.. Section(await OutputAsync("--help"), "Commands").Select(line => line.Split(' ')[0])];

    /// <summary>All options of a command, as its help lists them, such as <c>-i, --interval TIME</c>.</summary>
    internal static async Task<string[]> OptionsAsync(string command) =>
        [.. Section(await OutputAsync(command, "--help"), "Options").Select(line => Gap().Split(line)[0])];

    private static IEnumerable<string> Section(string help, string heading) => help
        .Split('\n')
        .SkipWhile(line => line != $"{heading}:")
        .Skip(1)
        .TakeWhile(line => line.Length > 0)
        .Where(line => line[2] != ' ')
        .Select(line => line[2..]);

    [GeneratedRegex(" {2,}")]
    private static partial Regex Gap();
}
