using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace TunStats.Cli.Arguments;

/// <content>The script for bash.</content>
internal static partial class ShellCompletion
{
    private static string Bash(IReadOnlyList<Command> commands, IReadOnlyList<Option> options)
    {
        var script = new StringBuilder("""
            # bash completion for tunstats, written by 'tunstats --completion bash'
            _tunstats_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
            _tunstats_files() {
                compopt -o filenames 2>/dev/null
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
            }
            _tunstats_devices() { _tunstats_words "$(cd /sys/class/net 2>/dev/null && echo *)"; }
            _tunstats_namespaces() {
                _tunstats_words "$(cd /run/netns 2>/dev/null && echo *)"
                _tunstats_files
            }
            _tunstats() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
                COMPREPLY=()
                if [[ $cur == = ]]; then
                    cur=
                elif [[ $prev == = ]]; then
                    prev=${COMP_WORDS[COMP_CWORD - 2]}
                fi
                [[ $COMP_CWORD -gt 1 ]] || prev=
                case "${COMP_WORDS[1]} $prev" in

            """);
        foreach (Option option in options)
        {
            AppendBashValue(script, option.Name, option);
        }

        foreach (Command command in commands)
        {
            foreach (Option option in command.Options)
            {
                AppendBashValue(script, command.Name, option);
            }
        }

        script.Append("    esac\n    case ${COMP_WORDS[1]} in\n");
        foreach (Command command in commands)
        {
            string names = string.Join(' ', ((Option[])[.. command.Options, HelpText.Help]).Select(o => o.Name));
            script.Append($"        {command.Name}) if [[ $cur == -* ]]; then _tunstats_words '{names}'; ")
                .Append($"else {BashCall(SourceOf(command.Operands), [])}; fi ;;\n");
        }

        IEnumerable<string> first =
            [.. commands.Select(c => c.Name), .. ((Option[])[.. options, HelpText.Help]).Select(o => o.Name)];
        return script.Append($"        *) [[ $COMP_CWORD -eq 1 ]] && _tunstats_words '{string.Join(' ', first)}' ;;\n")
            .Append("    esac\n    return 0\n}\ncomplete -F _tunstats tunstats\n").ToString();
    }

    private static void AppendBashValue(StringBuilder script, string word, Option option)
    {
        if (option.ValueName is not null)
        {
            IEnumerable<string> calls = Names(option).Select(name => Quoted($"{word} {name}"));
            script.Append($"        {string.Join(" | ", calls)}) ")
                .Append($"{BashCall(SourceOf(option), option.Choices)}; return ;;\n");
        }
    }

    private static string BashCall(Source source, IReadOnlyList<string> choices) => source switch
    {
        Source.Words => $"_tunstats_words '{string.Join(' ', choices)}'",
        Source.Files => "_tunstats_files",
        Source.Devices => "_tunstats_devices",
        Source.Namespaces => "_tunstats_namespaces",
        Source.DevicesAndFiles => "_tunstats_devices; _tunstats_files",
        _ => ":",
    };
}
