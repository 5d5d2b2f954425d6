using System;
using System.Linq;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>Devices whose names would command a terminal, or are not UTF-8, or look like options.</summary>
[Collection(NativeTests.Name)]
public sealed class RawNameTests(NativeProgram program)
{
    [NativeFact]
    public void NamesAreShownEscapedAndTakenAsTheyAreShown()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        links.AddVeth("a", "b");
        links.Rename("a", "\u001b[31m"u8);
        links.Rename("b", [0xff, 0xfe]);
        links.AddVeth("a", "b");
        links.Rename("a", "-x"u8);
        links.AddAlternativeName("b", "an alternative name of thirty-nine bytes"u8);

        string[] names = [@"\x1b[31m", @"\xff\xfe", "-x", @"an\x20alternative\x20name\x20of\x20thirty-nine\x20bytes"];
        string[][] calls =
        [
            ["stats", "--netns", space.Path, "--all"],
            ["stats", "--netns", space.Path, "--all", "--json"],
            .. names.Select(n => new[] { "stats", "--netns", space.Path, "--", n }),
            .. names.Select(n => new[] { "poll", "-c", "1", "--netns", space.Path, "--", n }),
            ["poll", "-c", "1", "--json", "--netns", space.Path, "--", .. names],
            ["poll", "-c", "1", "--netns", space.Path, "*"],
        ];
        foreach (string[] call in calls)
        {
            (int code, string output, string error) = program.Run(call);
            Assert.True(code == 0, $"{string.Join(' ', call)}: {error}");
            Assert.DoesNotContain(output + error, c => (char.IsControl(c) && c != '\n') || c == '\ufffd');
        }

        foreach (string name in names)
        {
            string row = program.Run("stats", "--json", "--netns", space.Path, "--", name).Output;
            Assert.Single(row.TrimEnd('\n').Split('\n'), r => r.StartsWith("{\"Name\":", StringComparison.Ordinal));
        }

        string all = program.Run(calls[0]).Output;
        Assert.Contains("\n\\x1b[31m ", all, StringComparison.Ordinal);
        Assert.Contains("\n\\xff\\xfe ", all, StringComparison.Ordinal);

        // What the user typed comes back in errors, escaped as well.
        (_, _, string missing) = program.Run("stats", "\u001bcgone", "--netns", space.Path);
        Assert.Contains(@"named '\x1bcgone'", missing, StringComparison.Ordinal);
        (_, string flows, string problem) = program.Run(
            "flows", "-d", "10ms", "--netns", space.Path, "--", @"\xff\xfe");
        Assert.DoesNotContain(flows + problem, c => (char.IsControl(c) && c != '\n') || c == '\ufffd');
    }
}
