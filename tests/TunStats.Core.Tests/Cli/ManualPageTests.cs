using System;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TunStats.Tests.NetLog;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>The manual page: it says what the help says, and roff can read it.</summary>
public sealed class ManualPageTests
{
    [Fact]
    public async Task PageHasEveryCommandWithItsOptionsAndTheirText()
    {
        string page = Plain(await ProgramHelp.OutputAsync("--man"));
        foreach (string command in await ProgramHelp.CommandsAsync())
        {
            string help = await ProgramHelp.OutputAsync(command, "--help");
            string usage = Regex.Match(help, @"Usage:\n  (.*)\n").Groups[1].Value;
            Match section = Regex.Match(
                page, $@"\.SS ""{Regex.Escape(usage)}""\n(.*?)(?=\n\.S[SH] )", RegexOptions.Singleline);
            Assert.True(section.Success, usage);

            // The words of both are the same, whatever the lines.
            string told = Words(Regex.Replace(section.Groups[1].Value, @"(?m)^\.(TP|B)\b", ""));
            string summary = Regex.Match(help, @"Description:\n  (.*)\n").Groups[1].Value;
            string rows = Regex.Replace(
                help[help.IndexOf("\nArguments:", StringComparison.Ordinal)..],
                @"\n(Arguments|Options):\n|-\?, -h, --help .*",
                "\n");
            Assert.Equal(Words($"{summary} {rows}"), told);
        }
    }

    [ProgramFact("groff")]
    public async Task PageIsReadWithoutAWarning()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, await ProgramHelp.OutputAsync("--man"));
            (int code, string output, string error) = NativeProgram.Start("groff", ["-man", "-ww", "-Tascii", path]);
            Assert.Equal((0, ""), (code, error));
            Assert.Contains("virtual, subnet or exit", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Plain(string page) => page
        .Replace("\\-", "-", StringComparison.Ordinal)
        .Replace("\\(aq", "'", StringComparison.Ordinal)
        .Replace("\\&", "", StringComparison.Ordinal);

    private static string Words(string text) => Regex.Replace(text, @"\s+", " ").Trim();
}
