using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.Cli.Arguments;

/// <summary>The help of the program and of its commands, for a terminal of 80 columns.</summary>
internal static class HelpText
{
    private const int Width = 80;

    /// <summary>What every command takes, and the program itself.</summary>
    internal static readonly Option Help = Option.Switch("--help", "Show this help.", "-?", "-h");

    internal static string Of(string summary, IReadOnlyList<Command> commands, IReadOnlyList<Option> options)
    {
        var text = new StringBuilder($"Description:\n  {summary}\n\nUsage:\n  tunstats COMMAND [options]\n");
        List<(string, string)> rows = [];
        foreach (Command command in commands)
        {
            rows.Add((command.Name, command.Summary));
        }

        AppendRows(text, "Commands", rows);
        AppendOptions(text, options);
        text.Append("\n'tunstats COMMAND --help' shows the options of a command.\n");
        return text.ToString();
    }

    internal static string Of(Command command)
    {
        var text = new StringBuilder($"Description:\n  {command.Summary}\n\nUsage:\n  tunstats {Usage(command)}\n");
        AppendRows(text, "Arguments", [(command.Operands.Name, command.Operands.Description)]);
        AppendOptions(text, command.Options);
        return text.ToString();
    }

    /// <summary>The usage of a command, such as <c>stats [NAME...] [options]</c>.</summary>
    internal static string Usage(Command command)
    {
        Operands operands = command.Operands;
        return $"{command.Name} {(operands.IsRequired ? $"{operands.Name}..." : $"[{operands.Name}...]")} [options]";
    }

    /// <summary>What an option does, in the words of the help.</summary>
    internal static string Description(Option option) =>
        option.Description + (option.IsList ? " May be repeated." : "");

    /// <summary>All names of an option and its value, such as <c>-i, --interval TIME</c>.</summary>
    internal static string Names(Option option)
    {
        var names = new StringBuilder();
        foreach (string alias in option.Aliases)
        {
            names.Append(alias).Append(", ");
        }

        names.Append(option.Name);
        return option.ValueName is null ? names.ToString() : names.Append(' ').Append(option.ValueName).ToString();
    }

    private static void AppendOptions(StringBuilder text, IReadOnlyList<Option> options)
    {
        List<(string, string)> rows = [];
        foreach (Option option in (Option[])[.. options, Help])
        {
            rows.Add((Names(option), Description(option)));
        }

        AppendRows(text, "Options", rows);
    }

    private static void AppendRows(StringBuilder text, string heading, IReadOnlyList<(string Left, string Right)> rows)
    {
        text.Append('\n').Append(heading).Append(":\n");
        int left = 0;
        foreach ((string name, _) in rows)
        {
            left = Math.Max(left, name.Length);
        }

        foreach ((string name, string description) in rows)
        {
            text.Append("  ").Append(name.PadRight(left));
            AppendWrapped(text, description, left + 4);
            text.Append('\n');
        }
    }

    private static void AppendWrapped(StringBuilder text, string description, int indent)
    {
        text.Append(' ', 2);
        int column = indent;
        foreach (string word in description.Split(' '))
        {
            if (column > indent && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (column > indent)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }
    }
}
