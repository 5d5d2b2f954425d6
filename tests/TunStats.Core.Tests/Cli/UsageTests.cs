using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>Wrong use of every option of every command: one sentence, exit code 2, nothing else.</summary>
[Collection(NativeTests.Name)]
public sealed partial class UsageTests(NativeProgram program)
{
    [NativeFact]
    public void EveryWrongUseIsOneSentenceAndExitCode2()
    {
        List<string[]> calls =
        [
            [], [""], ["nonsense"], ["--bogus"], ["-x"], ["\u001b[31m"], ["stats", ""],
        ];
        int options = 0;
        foreach (string command in Commands())
        {
            calls.Add([command, "--bogus"]);
            calls.Add([command, "lo", "--bogus=1"]);
            calls.Add([command, "-z"]);
            calls.Add([command, "-name"]);
            calls.Add([command, "lo", ""]);
            foreach ((string name, string value, bool isList) in Options(command))
            {
                options++;
                bool hasValue = value.Length > 0;
                calls.AddRange(BadValues(value).Select(bad => new[] { command, "lo", $"{name}={bad}" }));
                if (hasValue)
                {
                    calls.Add([command, "lo", name]);
                    calls.Add([command, "lo", name, "--help-me"]);
                    calls.Add([command, "lo", name, ""]);
                    calls.Add([command, "lo", $"{name}="]);
                }
                else
                {
                    calls.Add([command, "lo", $"{name}=1"]);
                }

                if (!isList)
                {
                    calls.Add(hasValue ? [command, "lo", name, "1", name, "1"] : [command, "lo", name, name]);
                }
            }
        }

        foreach (string command in (string[])["stats", "poll", "peers", "top"])
        {
            calls.AddRange([[command, "/"], [command, "lo", "a:b"], [command, new string('a', 128)], [command, ".."]]);
        }

        calls.AddRange([["poll", "lo", "-i", "0.05"], ["poll", "lo", "--metrics-file", "-"]]);
        Assert.True(options > 25, $"only {options} options were found in the help");
        List<string> faults = [];
        foreach (string[] call in calls)
        {
            (int code, string output, string error) = program.Run(call);
            if (code != 2 || output.Length > 0 || !Sentence().IsMatch(error))
            {
                faults.Add($"{string.Join(' ', call)}: {code} {output}{error}");
            }
        }

        Assert.Empty(faults);
    }

    [NativeFact]
    public void EveryCommandHasHelpOfAtMost80Columns()
    {
        foreach (string[] call in (string[][])[["--help"], .. Commands().Select(c => new[] { c, "--help" })])
        {
            (int code, string output, string error) = program.Run(call);
            Assert.Equal((0, ""), (code, error));
            Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
            Assert.Contains("Usage:", output, StringComparison.Ordinal);
        }
    }

    /// <summary>A reader that has gone, such as head, has read enough: the same for every command.</summary>
    [NativeFact("sh")]
    public void ReaderThatGoesIsNotAnError()
    {
        string[][] calls =
        [
            ["--help"], ["stats", "lo"], ["stats", "lo", "--json"], ["stats", "lo", "--rate", "0.1"],
            ["poll", "lo", "-i", "0.1", "-c", "3"], ["flows", "lo", "-d", "20ms"],
            ["netlog", "lo", "-d", "20ms"], ["peers"],
        ];
        foreach (string[] call in calls)
        {
            // The pipe's reading end is closed before the program begins.
            (_, string output, string error) = NativeProgram.Start(
                "sh", ["-c", "{ sleep 0.1; \"$0\" \"$@\"; echo $? >&2; } | true", program.Path, .. call]);
            Assert.Equal("", output);
            Assert.Matches(@"(\A|\n)0\n\z", error);
            Assert.DoesNotContain("standard output", error, StringComparison.Ordinal);
        }

        (_, _, string missing) = NativeProgram.Start(
            "sh", ["-c", "{ sleep 0.1; \"$0\" stats lo nope0; echo $? >&2; } | true", program.Path]);
        Assert.EndsWith("\n1\n", missing, StringComparison.Ordinal);
    }

    /// <summary>A unit's LimitAS= and ulimit -v: the collector's reserve of addresses must fit.</summary>
    [NativeFact("sh")]
    public void LimitOfAddressSpaceLeavesRoom()
    {
        string[][] calls =
            [["stats", "lo"], ["poll", "lo", "-i", "0.1", "-c", "2"], ["flows", "lo", "-d", "20ms"], ["peers"]];
        foreach (string[] call in calls)
        {
            (int code, _, string error) = NativeProgram.Start(
                "sh", ["-c", "ulimit -v 3000000; exec \"$0\" \"$@\"", program.Path, .. call]);
            Assert.True(code == 0, $"{string.Join(' ', call)}: {code} {error}");
        }
    }

    [NativeFact]
    public void NameAfterTwoDashesMayBeginWithADash()
    {
        (int code, _, string error) = program.Run("stats", "--", "-x");
        Assert.Equal(1, code);
        Assert.Contains("There is no network interface named '-x'", error, StringComparison.Ordinal);
    }

    [NativeFact]
    public void FileErrorsAreSentences()
    {
        string[][] calls =
        [
            ["flows", "/no/such.pcap"],
            ["flows", "/tmp/"],
            ["flows", "./no-such"],
            ["netlog", "--read", "/no/such"],
            ["netlog", "--read", "/tmp"],
            ["netlog", "--read", "/proc/self/mem"],
            ["netlog", "lo", "-d", "10ms", "--route-file", "/no/such"],
            ["netlog", "lo", "-d", "10ms", "--route-file", "/tmp"],
            ["poll", "lo", "-c", "1", "--metrics-file", "/no/such/file"],
            ["stats", "--netns", "/no/such"],
            ["stats", "--netns", "/etc/passwd"],
        ];
        AssertSentences(1, calls);
    }

    /// <summary>What does not become right by a restart is wrong use.</summary>
    [NativeFact]
    public void DestinationsThatCannotBeRightAreWrongUse() => AssertSentences(2, [.. new string[][]
    {
        ["--out", "/no/such/file"],
        ["--out", "/tmp"],
        ["--out", "/etc/passwd"],
        ["--uri", "ftp://127.0.0.1/"],
        ["--uri", "http://user:password@127.0.0.1/"],
        ["--uri", "https://127.0.0.1/", "--http-ca", "/dev/null"],
        ["--uri", "http://127.0.0.1/", "--http-ca", "/dev/null"],
        ["--uri", "http://127.0.0.1/", "--token-file", "/dev/null"],
        ["--uri", "http://127.0.0.1/", "--token-env", "NOTSET"],
        ["--uri", "http://127.0.0.1/", "--http-header-file", "a b=/etc/hostname"],
        ["--uri", "http://127.0.0.1/", "--spool", "/etc/passwd"],
        ["--ipfix", "ftp://127.0.0.1"],
        ["--ipfix", "tls://127.0.0.1", "--ipfix-ca", "/no/such"],
        ["--ipfix", "127.0.0.1", "--ipfix-max-bytes", "10"],
        ["--ipfix", "127.0.0.1", "--ipfix-cert", "/dev/null"],
        ["--uri", "http://127.0.0.1/", "--http-cert", "/dev/null"],
    }.Select(options => (string[])["netlog", "lo", "-d", "10ms", "--physical", "none", .. options])]);

    private void AssertSentences(int expected, string[][] calls)
    {
        foreach (string[] call in calls)
        {
            (int code, _, string error) = program.Run(call);
            Assert.True(code == expected, $"{string.Join(' ', call)}: {code} {error}");
            Assert.DoesNotMatch(@"[A-Za-z]+_[A-Za-z]+_?[A-Za-z]*|Exception|   at |unexpected error", error);
            Assert.Matches(@"\A(tunstats: [^\n]+\n)+\z", error);
        }
    }

    private IEnumerable<string> Commands() =>
        Section(program.Run("--help").Output, "Commands").Select(line => line.Split(' ')[0]);

    /// <summary>All options of a command: the help is written from the table that the parser reads.</summary>
    private IEnumerable<(string Name, string Value, bool IsList)> Options(string command)
    {
        string help = program.Run(command, "--help").Output;
        foreach (string line in Section(help, "Options"))
        {
            Match match = OptionLine().Match(line);
            Assert.True(match.Success, line);
            if (match.Groups[1].Value != "--help")
            {
                string name = match.Groups[1].Value;
                bool isList = Regex.IsMatch(help, $@"{name} [^\n]*(\n {{10,}}[^\n]*)*May\s+be\s+repeated");
                yield return (name, match.Groups[2].Value.Trim(), isList);
            }
        }
    }

    /// <summary>Values that no option takes, by what the help calls its value.</summary>
    private static string[] BadValues(string value) => value switch
    {
        "TIME" => ["NaN", "inf", "-1", "1x", "1e3", "9999d", "1:2:3:4:5", "soon", "\u0661"],
        "N" or "MIB" or "NUMBER" or "BYTES" => ["NaN", "-1", "1.5", "99999999999999999999", "many", "+1", " 1"],
        "WHAT" or "FORMAT" or "LAYER" or "1|2" or "URI" or "NAME=FILE" => ["nonsense"],
        "HOST:PORT" => ["a:b", "a:0", "a:99999", ":1"],
        "PREFIX" or "ADDRESS" => ["nonsense", "1.2.3", "1.2.3.4.5", "fe80::/129"],
        "" or "CMD" or "DEVICE" or "FILE" or "FOLDER" or "ID" or "NAME" or "NS" or "PATH" or "TEXT" => [],
        _ => throw new ArgumentException($"No test says which values of '{value}' are wrong; add some."),
    };

    private static IEnumerable<string> Section(string help, string heading) => help
        .Split('\n')
        .SkipWhile(line => line != $"{heading}:")
        .Skip(1)
        .TakeWhile(line => line.Length > 0)
        .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ')
        .Select(line => line[2..]);

    [GeneratedRegex(@"^tunstats: [^\n\u001b]+\n\z")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"^(?:-\S+, )*(--[a-z-]+)( [A-Z0-9|:=]+)?")]
    private static partial Regex OptionLine();
}
