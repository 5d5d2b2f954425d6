using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TunStats.Tests.NetLog;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>Shell completion, asked of the shells themselves.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-completion-");

    public void Dispose() => _directory.Delete(recursive: true);

    [ProgramFact("bash")]
    public async Task BashCompletesEveryOption()
    {
        string script = await WriteAsync("bash", "tunstats.bash");
        foreach (string command in await ProgramHelp.CommandsAsync())
        {
            string[] expected = [.. (await ProgramHelp.OptionsAsync(command)).Select(LongName)];
            Assert.Equal(expected, Bash(script, "tunstats", command, "--"));
        }
    }

    [ProgramFact("bash")]
    public async Task BashCompletesCommandsAndValues()
    {
        string script = await WriteAsync("bash", "tunstats.bash");
        Assert.Equal(["stats"], Bash(script, "tunstats", "st"));
        Assert.Equal(["peer", "port", "protocol"], Bash(script, "tunstats", "flows", "--group-by", "p"));
        Assert.Equal(["class"], Bash(script, "tunstats", "flows", "--group-by", "=", "c"));
        Assert.Equal(["bash", "zsh", "fish"], Bash(script, "tunstats", "--completion", ""));
        Assert.Contains("lo", Bash(script, "tunstats", "stats", ""));
        Assert.Empty(Bash(script, "tunstats", "poll", "-i", ""));
        string file = Path.Combine(_directory.FullName, "a.jsonl");
        File.WriteAllText(file, "");
        Assert.Equal([file], Bash(script, "tunstats", "report", file[..^3]));
    }

    [ProgramFact("fish")]
    public async Task FishCompletesEveryOptionAndValues()
    {
        string script = await WriteAsync("fish", "tunstats.fish");
        foreach (string command in await ProgramHelp.CommandsAsync())
        {
            IEnumerable<string> expected = (await ProgramHelp.OptionsAsync(command)).Select(LongName);
            string[] completed = Fish(script, $"tunstats {command} --");
            Assert.Equal(expected.Order(StringComparer.Ordinal), completed.Order(StringComparer.Ordinal));
        }

        Assert.Equal(["peer", "port", "protocol"], Fish(script, "tunstats flows --group-by p"));
        Assert.Equal(["bash", "fish", "zsh"], Fish(script, "tunstats --completion ").Order(StringComparer.Ordinal));
        Assert.Contains("lo", Fish(script, "tunstats stats l"));
    }

    /// <summary>A terminal of zsh's own, in which a tab is pressed.</summary>
    [ProgramFact("zsh")]
    public async Task ZshCompletesACommandAndAValue()
    {
        await WriteAsync("zsh", "_tunstats");
        string[] lines =
        [
            "zmodload zsh/zpty",
            "zpty z zsh -f -i",
            $"zpty -w z 'fpath=({_directory.FullName} $fpath); autoload -Uz compinit; compinit -u -D'",
            "zpty -w z 'PS1=\"${:-rea}dy>\"'",
            "zpty -r z seen '*ready>*' || exit 3",
            "zpty -w -n z $'tunstats fl\\t--group-by cl\\t-END-'",
            "zpty -r z seen '*-END-*' || exit 4",
            "print -r -- $seen",
        ];
        (int code, string output, string error) = NativeProgram.Start(
            "timeout", ["60", "zsh", "-f", "-c", string.Join('\n', lines)]);
        Assert.True(code == 0, $"{code}: {output}{error}");
        string screen = Regex.Replace(output, @"\e\[[0-9;?]*[A-Za-z]", "");
        Assert.Contains("ows", screen, StringComparison.Ordinal);
        Assert.Contains("ass", screen, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync(string shell, string name)
    {
        string path = Path.Combine(_directory.FullName, name);
        await File.WriteAllTextAsync(path, await ProgramHelp.OutputAsync("--completion", shell));
        return path;
    }

    private static string LongName(string option) =>
        option.Split(' ').Last(word => word.StartsWith("--", StringComparison.Ordinal));

    private static string[] Bash(string script, params string[] words)
    {
        string[] lines =
        [
            $"source '{script}'", "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))", "_tunstats",
            "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"",
        ];
        return Lines(NativeProgram.Start("bash", ["-c", string.Join('\n', lines), "bash", .. words]));
    }

    private static string[] Fish(string script, string line) =>
        [.. Lines(NativeProgram.Start("fish", ["-N", "-c", $"source '{script}'; complete -C '{line}'"]))
            .Select(entry => entry.Split('\t')[0])
            .Where(entry => entry != "--namespace")];

    private static string[] Lines((int ExitCode, string Output, string Error) run)
    {
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
