using System;
using System.Collections.Generic;
using System.Text;

namespace TunStats.Cli.Arguments;

/// <content>The script for zsh.</content>
internal static partial class ShellCompletion
{
    private static string Zsh(IReadOnlyList<Command> commands, IReadOnlyList<Option> options)
    {
        var script = new StringBuilder("""
            #compdef tunstats
            # zsh completion for tunstats, written by 'tunstats --completion zsh'
            _tunstats_devices() {
                local -a names=(/sys/class/net/*(N:t))
                compadd -a names
            }
            _tunstats_namespaces() {
                local -a names=(/run/netns/*(N:t))
                compadd -a names
                _files
            }
            _tunstats_sources() {
                _tunstats_devices
                _files
            }
            _tunstats() {
                local curcontext=$curcontext state state_descr line
                local -A opt_args
                local -a commands=(

            """);
        foreach (Command command in commands)
        {
            script.Append($"        {Quoted($"{command.Name}:{Brief(command.Summary)}")}\n");
        }

        script.Append("    )\n    _arguments -C");
        AppendZshOptions(script, options, "        ");
        script.Append(" \\\n        '1: :->command' '*:: :->rest' && return 0\n    case $state in\n")
            .Append("        command) _describe command commands ;;\n        rest)\n            case $words[1] in\n");
        foreach (Command command in commands)
        {
            string operand = $"'*:{command.Operands.Name}:{ZshAction(SourceOf(command.Operands), [])}'";
            script.Append($"                {command.Name})\n                    _arguments");
            AppendZshOptions(script, command.Options, "                        ");
            script.Append($" \\\n                        {operand} ;;\n");
        }

        return script.Append("            esac ;;\n    esac\n}\n_tunstats \"$@\"\n").ToString();
    }

    private static void AppendZshOptions(StringBuilder script, IReadOnlyList<Option> options, string indent)
    {
        foreach (Option option in (Option[])[.. options, HelpText.Help])
        {
            string text = Brief(option.Description)
                .Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);
            string value = option.ValueName is null
                ? ""
                : $":{option.ValueName}:{ZshAction(SourceOf(option), option.Choices)}";
            string exclusive = option.IsList ? "*" : $"({string.Join(' ', Names(option))})";
            foreach (string name in Names(option))
            {
                string suffix = value.Length == 0 ? "" : name.StartsWith("--", StringComparison.Ordinal) ? "=" : "+";
                script.Append($" \\\n{indent}{Quoted($"{exclusive}{name}{suffix}[{text}]{value}")}");
            }
        }
    }

    private static string ZshAction(Source source, IReadOnlyList<string> choices) => source switch
    {
        Source.Words => $"({string.Join(' ', choices)})",
        Source.Files => "_files",
        Source.Devices => "_tunstats_devices",
        Source.Namespaces => "_tunstats_namespaces",
        Source.DevicesAndFiles => "_tunstats_sources",
        _ => " ",
    };
}
