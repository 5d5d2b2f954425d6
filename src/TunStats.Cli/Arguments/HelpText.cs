using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.Cli.Arguments;

/// <summary>The help of the program and of its commands, for a terminal of 80 columns.</summary>
internal static class HelpText
{
    private const int Width = 80;
    private const string HelpSummary = "Show this help.";

    internal static string Of(string summary, IReadOnlyList<Command> commands)
    {
        var text = new StringBuilder($"Description:\n  {summary}\n\nUsage:\n  tunstats COMMAND [options]\n");
        List<(string, string)> rows = [];
        foreach (Command command in commands)
        {
            rows.Add((command.Name, command.Summary));
        }

        AppendRows(text, "Commands", rows);
        AppendRows(text, "Options", [("-?, -h, --help", HelpSummary), ("--version", "Show the version.")]);
        text.Append("\n'tunstats COMMAND --help' shows the options of a command.\n");
        return text.ToString();
    }

    internal static string Of(Command command)
    {
        var text = new StringBuilder($"Description:\n  {command.Summary}\n\nUsage:\n  tunstats {command.Name} ");
        Operands operands = command.Operands;
        text.Append(operands.IsRequired ? $"{operands.Name}..." : $"[{operands.Name}...]").Append(" [options]\n");
        AppendRows(text, "Arguments", [(operands.Name, operands.Description)]);
        List<(string, string)> rows = [];
        foreach (Option option in command.Options)
        {
            rows.Add((Names(option), option.Description + (option.IsList ? " May be repeated." : "")));
        }

        rows.Add(("-?, -h, --help", HelpSummary));
        AppendRows(text, "Options", rows);
        return text.ToString();
    }

    private static string Names(Option option)
    {
        var names = new StringBuilder();
        foreach (string alias in option.Aliases)
        {
            names.Append(alias).Append(", ");
        }

        names.Append(option.Name);
        return option.ValueName is null ? names.ToString() : names.Append(' ').Append(option.ValueName).ToString();
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
