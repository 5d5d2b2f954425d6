using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>The program <c>tunstats</c> as users run it.</summary>
public sealed class StatsCommandTests
{
    private static readonly string Program = FindProgram();

    [Fact]
    public async Task RateIsTwoLooks()
    {
        using var table = new ConsoleProgram("stats", "lo", "--rate", "100ms");
        (int code, string output, string error) = await table.EndAsync();
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("TIME ", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^\S+Z  lo +\d\S* [KMG]?i?B +\d", lines[1]);

        using var json = new ConsoleProgram("stats", "lo", "--rate", "0.1", "--json");
        JsonElement sample = JsonDocument.Parse(await json.ReadLineAsync()).RootElement;
        Assert.Equal(0, (await json.EndAsync()).ExitCode);
        Assert.True(sample.GetProperty("ElapsedSeconds").GetDouble() >= 0.1);
        Assert.Equal(JsonValueKind.Number, sample.GetProperty("TxDroppedPerSecond").ValueKind);
    }

    /// <summary>Packets that the discipline drops appear in no counter of the device.</summary>
    [LiveFact]
    public async Task DetailsAreTheStateOfTheLinkAndItsQueue()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        space.Run(() => tunnel.Send(700));
        using var program = new ConsoleProgram(
            "stats", "tun0", "--detailed", "--json", "--netns", space.Path);
        JsonElement stats = JsonDocument.Parse(await program.ReadLineAsync()).RootElement;
        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        Assert.Equal(
            typeof(DetailedLinkStats).GetProperties().Select(p => p.Name).Order(),
            stats.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(1500, stats.GetProperty("Mtu").GetInt32());
        Assert.Equal(500, stats.GetProperty("TxQueueLength").GetInt32());
        Assert.NotEqual("", stats.GetProperty("Qdisc").GetString());
        Assert.True(stats.GetProperty("CarrierChanges").GetInt32() >= 0);
    }

    [Fact]
    public async Task DetailsAreATableOfTheirOwn()
    {
        using var program = new ConsoleProgram("stats", "lo", "--detailed");
        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Matches(
            "^NAME  KIND +STATE +QDISC +MTU +QUEUE +CARRIER-CHANGES +BACKLOG +OVERLIMITS +REQUEUES +TX-DROPS "
                + "+QDISC-DROPS$",
            lines[0]);
        Assert.Matches(@"^lo    loopback +\w+ +\w+ +\d+ +\d+ +\d+ +(-|\d+ \w+)( +(-|\d+)){4}$", lines[1]);
    }

    [Fact]
    public async Task RateOfAMissingDeviceIsOneError()
    {
        using var program = new ConsoleProgram("stats", "no-such0", "--rate", "100ms");
        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal((1, ""), (code, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void TableHasALineForEachInterface()
    {
        (int code, string output, string error) = Run("stats", "lo");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("NAME", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^lo\s+loopback\s", lines[1]);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void JsonHasEveryPropertyOfTheTypedObject()
    {
        (int code, string output, _) = Run("stats", "lo", "--json");
        Assert.Equal(0, code);
        JsonElement stats = JsonDocument.Parse(output.TrimEnd('\n')).RootElement;
        Assert.Equal(
            typeof(RtnlLinkStats64).GetProperties().Select(p => p.Name), stats.EnumerateObject().Select(p => p.Name));
        Assert.Equal("lo", stats.GetProperty("Name").GetString());
        Assert.Equal(DateTimeKind.Utc, stats.GetProperty("Timestamp").GetDateTime().Kind);
    }

    [Fact]
    public void MissingNamesAreReportedAndTheOthersStillCome()
    {
        (int code, string output, string error) = Run("stats", "nope0", "lo", "nope1", "--json");
        Assert.Equal(1, code);
        Assert.Single(output.TrimEnd('\n').Split('\n'));
        string[] complaints = error.TrimEnd('\n').Split('\n');
        Assert.Equal(2, complaints.Length);
        Assert.Contains("There is no network interface named 'nope0'", complaints[0], StringComparison.Ordinal);
        Assert.Contains("There is no network interface named 'nope1'", complaints[1], StringComparison.Ordinal);
        Assert.All(complaints, c => Assert.StartsWith("tunstats: ", c, StringComparison.Ordinal));
    }

    [Fact]
    public void ImpossibleNameIsWrongUse()
    {
        (int code, string output, string error) = Run("stats", "lo", "a b", "--json");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("'a b' is not a valid interface name", error, StringComparison.Ordinal);
    }

    [Fact]
    public void WildcardWithoutMatchIsSilent() => Assert.Equal((0, "", ""), Run("stats", "no*such"));

    [Theory]
    [InlineData("stats", "--bogus")]
    [InlineData("stats", "--all", "lo")]
    [InlineData("stats", "--netns")]
    [InlineData("nonsense")]
    [InlineData]
    public void WrongUseIsExitCode2(params string[] arguments)
    {
        (int code, _, string error) = Run(arguments);
        Assert.Equal(2, code);
        Assert.StartsWith("tunstats: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownNamespaceIsOneLine()
    {
        (int code, string output, string error) = Run("stats", "--netns", "no-such");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("tunstats: There is no network namespace 'no-such'", error, StringComparison.Ordinal);
    }

    [LiveFact]
    public void TunnelOfAnotherNamespaceIsRead()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tailscale0", links));
        space.Run(() => tunnel.Send(700));

        (int code, string output, string error) = Run("stats", "--netns", space.Path, "--json");

        Assert.Equal((0, ""), (code, error));
        JsonElement stats = JsonDocument.Parse(output).RootElement;
        Assert.Equal("tun", stats.GetProperty("Kind").GetString());
        Assert.Equal(200ul, stats.GetProperty("TxDropped").GetUInt64());
    }

    [UserSwitchFact]
    public void OrdinaryUserReadsTheOwnNamespaceAndIsKeptOutOfOthers()
    {
        DirectoryInfo copy = Directory.CreateTempSubdirectory("tunstats");
        try
        {
            File.SetUnixFileMode(copy.FullName, (UnixFileMode)0b111_101_101);
            foreach (string file in Directory.GetFiles(Path.GetDirectoryName(Program)!))
            {
                File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
            }

            string[] user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
            string[] asNobody = [.. user, "env", "HOME=/tmp", "dotnet"];
            string program = Path.Combine(copy.FullName, "tunstats.dll");
            (int code, string output, string error) = Start("setpriv", [.. asNobody, program, "stats", "lo", "--json"]);
            Assert.Equal((0, ""), (code, error));
            Assert.Equal("lo", JsonDocument.Parse(output).RootElement.GetProperty("Name").GetString());

            (code, _, error) = Start("setpriv", [.. asNobody, program, "stats", "--netns", "1"]);
            Assert.Equal(1, code);
            Assert.Contains("may not be", error, StringComparison.Ordinal);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments) =>
        Start("dotnet", [Program, .. arguments]);

    private static (int ExitCode, string Output, string Error) Start(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>artifacts/bin/TunStats.Cli, built as these tests were.</summary>
    private static string FindProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "TunStats.Cli", own.Name, "tunstats.dll");
    }
}
