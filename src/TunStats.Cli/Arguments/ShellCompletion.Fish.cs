using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.Cli.Arguments;

/// <content>The script for fish.</content>
internal static partial class ShellCompletion
{
    private static string Fish(IReadOnlyList<Command> commands, IReadOnlyList<Option> options)
    {
        var script = new StringBuilder("""
            # fish completion for tunstats, written by 'tunstats --completion fish'
            function __tunstats_devices
                path basename /sys/class/net/* 2>/dev/null; or command ls /sys/class/net 2>/dev/null
            end
            function __tunstats_namespaces
                command ls /run/netns 2>/dev/null
            end
            complete -c tunstats -f

            """);
        foreach (Command command in commands)
        {
            script.Append($"complete -c tunstats -n __fish_use_subcommand -a {command.Name} ")
                .Append($"-d {FishQuoted(Brief(command.Summary))}\n");
        }

        AppendFishOptions(script, "__fish_use_subcommand", options);
        foreach (Command command in commands)
        {
            string condition = $"'__fish_seen_subcommand_from {command.Name}'";
            script.Append($"complete -c tunstats -n {condition}{FishAction(SourceOf(command.Operands), [])}\n");
            AppendFishOptions(script, condition, command.Options);
        }

        return script.ToString();
    }

    private static void AppendFishOptions(StringBuilder script, string condition, IReadOnlyList<Option> options)
    {
        foreach (Option option in (Option[])[.. options, HelpText.Help])
        {
            script.Append($"complete -c tunstats -n {condition}");
            foreach (string name in Names(option))
            {
                script.Append(name.StartsWith("--", StringComparison.Ordinal) ? " -l " : " -s ")
                    .Append(FishQuoted(name.TrimStart('-')));
            }

            // A value is required (-r) that may be a file, or that is none (-x).
            Source source = SourceOf(option);
            string kind = source is Source.Files or Source.Namespaces ? " -r" : " -x";
            script.Append(option.ValueName is null ? "" : kind + FishAction(source, option.Choices))
                .Append($" -d {FishQuoted(Brief(option.Description))}\n");
        }
    }

    private static string FishAction(Source source, IReadOnlyList<string> choices) => source switch
    {
        Source.Words => $" -a '{string.Join(' ', choices)}'",
        Source.Files => " -F",
        Source.Devices => " -a '(__tunstats_devices)'",
        Source.Namespaces => " -F -a '(__tunstats_namespaces)'",
        Source.DevicesAndFiles => " -F -a '(__tunstats_devices)'",
        _ => "",
    };

    private static string FishQuoted(string text) => "'" + text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
