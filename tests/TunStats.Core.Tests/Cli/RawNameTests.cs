using System;
using System.Linq;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>Devices whose names would command a terminal, or are not UTF-8, or look like options.</summary>
[Collection(NativeTests.Name)]
public sealed class RawNameTests(NativeProgram program)
{
    /// <summary>The other device matches the wildcard that the name also is.</summary>
    [NativeFact]
    public void ADeviceWhoseNameHoldsWildcardSignsIsMeantFirst()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel meant = space.Run(() => LabTunnel.Open("q[1]", links));
        using LabTunnel other = space.Run(() => LabTunnel.Open("q1", links, "100.64.1.1"));
        using var traffic = new SteadyTraffic(meant, 100);
        using var noise = new SteadyTraffic(other, 100);
        string[][] calls =
        [
            ["stats", "--json"], ["poll", "--json", "-c", "1"], ["flows", "--json", "-d", "1"], ["peers", "--json"],
        ];
        foreach (string[] call in calls)
        {
            (int code, string output, string error) = program.Run([.. call, "--netns", space.Path, "q[1]"]);
            Assert.True(code == 0, error);
            Assert.DoesNotContain("\"q1\"", output, StringComparison.Ordinal);
            Assert.True(call[0] is "peers" || output.Contains("\"q[1]\"", StringComparison.Ordinal), output);
        }
    }

    [NativeFact("sh")]
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

        // As tab completion and /sys/class/net give them: bytes that are not UTF-8.
        (int raw, string found, string complaint) = NativeProgram.Start(
            "sh", ["-c", @"exec ""$0"" ""$@"" ""$(printf '\377\376')""", program.Path, "stats", "--netns", space.Path]);
        Assert.Equal((0, ""), (raw, complaint));
        Assert.Contains("\n\\xff\\xfe ", found, StringComparison.Ordinal);

        // What the user typed comes back in errors, escaped as well.
        (_, _, string missing) = program.Run("stats", "\u001bcgone", "--netns", space.Path);
        Assert.Contains(@"named '\x1bcgone'", missing, StringComparison.Ordinal);
        (_, string flows, string problem) = program.Run(
            "flows", "-d", "10ms", "--netns", space.Path, "--", @"\xff\xfe");
        Assert.DoesNotContain(flows + problem, c => (char.IsControl(c) && c != '\n') || c == '\ufffd');
    }
}
