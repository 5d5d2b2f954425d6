using System;

namespace TunStats.Cli.Arguments;

/// <summary>
/// Reads the arguments of a command: <c>--name VALUE</c>, <c>--name=VALUE</c>, <c>-n VALUE</c>, <c>-nVALUE</c>, and
/// operands; after <c>--</c> there are only operands. Every mistake is one sentence.
/// </summary>
internal static class ArgumentParser
{
    /// <summary>Whether an argument asks for help.</summary>
    internal static bool IsHelp(string argument) => argument is "--help" or "-h" or "-?";

    /// <summary>Reads arguments.</summary>
    /// <param name="command">Whose they are.</param>
    /// <param name="arguments">What follows the command's name.</param>
    /// <returns>Null where help was asked for.</returns>
    /// <exception cref="UsageException">The arguments are wrong.</exception>
    internal static ParsedArguments? Parse(Command command, ReadOnlySpan<string> arguments)
    {
        var parsed = new ParsedArguments();
        bool hasEnded = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (hasEnded || argument.Length < 2 || argument[0] != '-')
            {
                AddOperand(command, parsed, argument);
            }
            else if (argument == "--")
            {
                hasEnded = true;
            }
            else if (IsHelp(argument))
            {
                return null;
            }
            else
            {
                ReadOption(command, parsed, arguments, ref i);
            }
        }

        return command.Operands.IsRequired && parsed.Operands.Count == 0
            ? throw new UsageException(
                $"'tunstats {command.Name}' needs at least one {command.Operands.Name}; {HelpHint(command)}")
            : parsed;
    }

    private static void AddOperand(Command command, ParsedArguments parsed, string operand) => parsed.Add(
        operand.Length == 0
            ? throw new UsageException($"a {command.Operands.Name} is empty; leave it out or give its text")
            : operand);

    private static void ReadOption(
        Command command, ParsedArguments parsed, ReadOnlySpan<string> arguments, ref int position)
    {
        string argument = arguments[position];
        Option option = Find(command, argument, out string? value) ?? throw new UsageException(
            $"there is no option '{argument}'; {HelpHint(command)}; before a {command.Operands.Name} that begins "
            + "with '-' put '--'");
        if (!option.IsList && parsed.Has(option))
        {
            throw new UsageException($"{option.Name} is given twice; give it once");
        }

        if (option.ValueName is null)
        {
            parsed.Add(option, value is null
                ? ""
                : throw new UsageException($"{option.Name} takes no value; leave '{value}' out"));
            return;
        }

        if (value is null)
        {
            string? next = position + 1 < arguments.Length ? arguments[position + 1] : null;
            if (next is null || next.StartsWith("--", StringComparison.Ordinal) || IsHelp(next)
                || Find(command, next, out _) is not null)
            {
                throw new UsageException(
                    $"{option.Name} needs a value: {option.Name} {option.ValueName}; {HelpHint(command)}");
            }

            value = next;
            position++;
        }

        parsed.Add(option, value.Length > 0
            ? value
            : throw new UsageException(
                $"the value of {option.Name} is empty: {option.Name} {option.ValueName}; {HelpHint(command)}"));
    }

    /// <summary>The option that an argument names, and the value that is part of the argument.</summary>
    private static Option? Find(Command command, string argument, out string? value)
    {
        value = null;
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        ReadOnlySpan<char> name = equals < 0 ? argument : argument.AsSpan(0, equals);
        bool isShort = argument.Length > 2 && argument[1] != '-' && argument[0] == '-';
        foreach (Option option in command.Options)
        {
            if (option.HasName(name))
            {
                value = equals < 0 ? null : argument[(equals + 1)..];
                return option;
            }

            if (isShort && option.ValueName is not null && option.HasName(argument.AsSpan(0, 2)))
            {
                value = argument[2..];
                return option;
            }
        }

        return null;
    }

    private static string HelpHint(Command command) => $"'tunstats {command.Name} --help' lists the options";
}
