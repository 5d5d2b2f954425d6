using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Links;
using TunStats.Peers;
using TunStats.Polling;
using TunStats.Tests.Live;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary><c>tunstats poll</c> as users and systemd run it.</summary>
public sealed class PollCommandTests : IDisposable
{
    private const string There = "tunstats: lo (index 1, loopback) is present.\n";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-poll-");

    private string MetricsFile => Path.Combine(_directory.FullName, "tunstats.prom");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task TableHasOneHeadingAndARowForEachSample()
    {
        using var program = new ConsoleProgram("poll", "lo", "--count", "2", "--interval", "100ms");
        (int code, string output, string error) = await program.EndAsync();

        Assert.Equal(0, code);
        Assert.StartsWith(There, error, StringComparison.Ordinal);
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("TIME ", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^\S+Z  lo +(- +){7} first$", lines[1]);
        Assert.Matches(@"^\S+Z  lo +\d\S* [KMG]?i?B +\d", lines[2]);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task JsonHasEveryPropertyOfTheTypedObject()
    {
        using var program = new ConsoleProgram("poll", "lo", "--json", "--count", "2", "--interval", "0.1");
        JsonElement first = JsonDocument.Parse(await program.ReadLineAsync()).RootElement;
        JsonElement second = JsonDocument.Parse(await program.ReadLineAsync()).RootElement;
        Assert.Equal(0, (await program.EndAsync()).ExitCode);

        Assert.Equal(
            typeof(LinkSample).GetProperties().Select(p => p.Name == "Elapsed" ? "ElapsedSeconds" : p.Name).Order(),
            first.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(Names<RtnlLinkStats64>(), Names(first.GetProperty("Stats")));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("Increase").ValueKind);
        Assert.Equal(Names<LinkIncrease>(), Names(second.GetProperty("Increase")));
        Assert.Equal(("First", 1), (first.GetProperty("Event").GetString(), Number(first, "SequenceNumber")));
        Assert.Equal(("None", 2), (second.GetProperty("Event").GetString(), Number(second, "SequenceNumber")));
        Assert.True(second.GetProperty("ElapsedSeconds").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Number, second.GetProperty("RxBytesPerSecond").ValueKind);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task SignalEndsItAtOnceAndTakesTheMetricsFileAway(string signal)
    {
        using var program = new ConsoleProgram(
            "poll", "lo", "--json", "--interval", "1d", "--metrics-file", MetricsFile);
        await program.ReadLineAsync();
        await UntilItExists(MetricsFile);

        program.Signal(signal);

        Assert.Equal((0, "", There), await program.EndAsync());
        Assert.Empty(_directory.GetFiles());
    }

    [Fact]
    public async Task DetailsAreInSamplesAndMetrics()
    {
        using var program = new ConsoleProgram(
            "poll", "lo", "--count", "1", "--json", "--detailed", "--metrics-file", MetricsFile);
        JsonElement stats = JsonDocument.Parse(await program.ReadLineAsync()).RootElement.GetProperty("Stats");
        Assert.Equal(0, (await program.EndAsync()).ExitCode);
        foreach (PropertyInfo property in typeof(DetailedLinkStats).GetProperties())
        {
            Assert.True(stats.TryGetProperty(property.Name, out _), property.Name);
        }

        string text = await File.ReadAllTextAsync(MetricsFile);
        Assert.Contains(
            $"tunstats_device_mtu_bytes{{device=\"lo\"}} {stats.GetProperty("Mtu").GetInt32()}\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("tunstats_device_carrier_changes_total{device=\"lo\"} ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DetailsAreColumnsOfTheTable()
    {
        using var program = new ConsoleProgram("poll", "lo", "--count", "1", "--detailed");
        string[] lines = (await program.EndAsync()).Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        int state = lines[0].IndexOf("STATE", StringComparison.Ordinal);
        Assert.Matches("^[A-Z][A-Za-z]+ +first$", lines[1][state..]);
    }

    [Fact]
    public async Task MetricsFileStaysAfterTheLastOfItsPolls()
    {
        for (int run = 1; run <= 2; run++)
        {
            using var program = new ConsoleProgram("poll", "lo", "--count", "1", "--metrics-file", MetricsFile);
            Assert.Equal((0, There), await CodeAndErrorAsync(program));
            string text = await File.ReadAllTextAsync(MetricsFile);
            Assert.Contains("tunstats_device_up{device=\"lo\"} 1\n", text, StringComparison.Ordinal);
        }

        Assert.Single(_directory.GetFileSystemInfos());
    }

    [Fact]
    public async Task MetricsFileThatIsToBeKeptStaysAfterASignal()
    {
        using var program = new ConsoleProgram(
            "poll", "lo", "--interval", "1d", "--metrics-file", MetricsFile, "--keep-metrics-file");
        await program.ReadLineAsync();
        program.Signal("TERM");
        Assert.Equal((0, There), await CodeAndErrorAsync(program));
        Assert.Single(_directory.GetFileSystemInfos());
    }

    [ToolFact("sh")]
    public async Task RemovedDirectoryIsReported()
    {
        const string Script = "mkdir \"$1/gone\" && cd \"$1/gone\" && rmdir ../gone; shift; exec dotnet \"$@\"";
        using ConsoleProgram program = ConsoleProgram.Start(
            "sh", "-c", Script, "sh", _directory.FullName, ConsoleProgram.FindProgram(), "poll", "lo",
            "--metrics-file", "x.prom");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("the current directory is gone", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileWithOtherContentIsRefusedBeforeThereIsAPoll()
    {
        await File.WriteAllTextAsync(MetricsFile, "precious");
        using var program = new ConsoleProgram("poll", "lo", "--count", "1", "--metrics-file", MetricsFile);
        (int code, string output, string error) = await program.EndAsync();

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("only a metrics file of TunStats is replaced", error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(MetricsFile));
    }

    /// <summary>A disk that fails is one warning; polling goes on, and the next poll writes the file.</summary>
    [ToolTheory("strace")]
    [InlineData("fsync", "EIO", "Input/output error")]
    [InlineData("rename", "ENOSPC", "No space left on device")]
    public async Task DiskThatFailsIsOneWarning(string call, string errno, string text)
    {
        using ConsoleProgram program = ConsoleProgram.Under(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e",
                $"inject={call}:error={errno}:when=1..3"],
            "poll", "lo", "--json", "--count", "6", "--interval", "200ms", "--metrics-file", MetricsFile);
        (int code, string output, string error) = await program.EndAsync();

        Assert.Equal(0, code);
        Assert.Equal(6, output.TrimEnd('\n').Split('\n').Length);
        Assert.Single(Regex.Matches(error, "warning: Metrics cannot be written"));
        Assert.Contains(text, error, StringComparison.Ordinal);
        Assert.Contains("retried after each poll", error, StringComparison.Ordinal);
        Assert.Equal("tunstats.prom", Assert.Single(_directory.GetFileSystemInfos()).Name);
    }

    /// <summary>The lines of one tick are more than a pipe holds: the first tick is never written as a whole.</summary>
    [LiveFact]
    public async Task SignalEndsItAlsoWhereNobodyReadsItsOutput()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        for (int i = 0; i < 50; i++)
        {
            links.AddVeth($"a{i}", $"b{i}");
        }

        using var program = new ConsoleProgram("poll", "*", "--json", "--netns", space.Path);
        await program.ReadLineAsync();
        program.Signal("TERM");
        Assert.Equal(1, await program.ExitAsync());
    }

    [Fact]
    public async Task ClosedOutputEndsItQuietlyWhereNothingElseIsWanted()
    {
        using var program = new ConsoleProgram("poll", "lo", "--interval", "0.1");
        await program.ReadLineAsync();
        program.Output.Close();

        Assert.Equal((0, There), (await program.ExitAsync(), await program.ErrorAsync()));
    }

    [Fact]
    public async Task MetricsGoOnWhereNobodyReadsTheSamplesAnyMore()
    {
        using var program = new ConsoleProgram(
            "poll", "lo", "--interval", "0.1", "--metrics-file", MetricsFile);
        await program.ReadLineAsync();
        program.Output.Close();
        await program.ReadErrorAsync("tunstats: warning: nobody reads standard output any more; the metrics go on");
        await UntilItExists(MetricsFile);
        File.Delete(MetricsFile);
        await UntilItExists(MetricsFile);

        program.Signal("TERM");
        Assert.Equal(0, await program.ExitAsync());
    }

    [Fact]
    public async Task MetricsAreServedUntilTheEnd()
    {
        using var program = new ConsoleProgram(
            "poll", "lo", "--interval", "1d", "--metrics-listen", "127.0.0.1:0", "--metrics-file", MetricsFile);
        await program.ReadLineAsync();
        await program.ReadLineAsync();
        await UntilItExists(MetricsFile);
        string file = await File.ReadAllTextAsync(MetricsFile);
        Assert.Contains("tundev_txq_drops{device=\"lo\"} 0\n", file, StringComparison.Ordinal);

        program.Signal("TERM");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal(0, code);
        Assert.Matches(@"^tunstats: the metrics are at http://127\.0\.0\.1:\d+/metrics\n", error);
    }

    [Fact]
    public async Task MetricsAreServedAtTheAddress()
    {
        int port = FreePort();
        using var program = new ConsoleProgram(
            "poll", "lo", "--interval", "1d", "--metrics-listen", $"127.0.0.1:{port}",
            "--metrics-host", "other.example", "--metrics-host", "metrics.example");
        await program.ReadLineAsync();
        await program.ReadLineAsync();

        using var http = new HttpClient();
        http.DefaultRequestHeaders.Host = "metrics.example";
        string text = await http.GetStringAsync($"http://127.0.0.1:{port}/metrics");
        Assert.Contains("tunstats_receive_bytes_total{device=\"lo\"} ", text, StringComparison.Ordinal);

        program.Signal("INT");
        Assert.Equal(0, (await program.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("--interval 50ms is out of range; give 100 ms to 1 day", "lo", "--interval", "50ms")]
    [InlineData("--interval 2d is out of range", "lo", "--interval", "2d")]
    [InlineData("--interval 'soon' is not a valid time", "lo", "--interval", "soon")]
    [InlineData("--count '0' is not a valid number; give 1 to ", "lo", "--count", "0")]
    [InlineData("--count 'many' is not a valid number", "lo", "--count", "many")]
    [InlineData("'a b' is not a valid interface name", "a b")]
    [InlineData("there is no option '--bogus'", "lo", "--bogus")]
    [InlineData("'127.0.0.1' is not a valid address for metrics", "lo", "--metrics-listen", "127.0.0.1")]
    [InlineData("Other machines could reach '0.0.0.0:0'", "lo", "--metrics-listen", "0.0.0.0:0")]
    [InlineData("needs at least one NAME", "--json")]
    [InlineData("goes with --metrics-file alone", "lo", "--keep-metrics-file")]
    [InlineData("go with --metrics-listen alone", "lo", "--force")]
    [InlineData("go with --metrics-listen alone", "lo", "--metrics-host", "a")]
    public async Task WrongUseIsExitCode2BeforeThereIsAPoll(string complaint, params string[] arguments)
    {
        using var program = new ConsoleProgram(["poll", .. arguments]);
        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("tunstats: ", error, StringComparison.Ordinal);
        Assert.Contains(complaint, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task WhatCannotBeHadIsReportedBeforeThereIsAPoll()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string[][] cases =
        [
            ["something else listens there", "--metrics-listen", $"{taken.LocalEndpoint}"],
            ["there is no directory", "--metrics-file", Path.Combine(_directory.FullName, "none", "x.prom")],
            ["it is a directory", "--metrics-file", _directory.FullName],
            ["There is no network namespace 'no-such'", "--netns", "no-such"],
        ];
        foreach (string[] words in cases)
        {
            using var program = new ConsoleProgram(["poll", "lo", .. words[1..]]);
            (int code, string output, string error) = await program.EndAsync();
            Assert.Equal((1, ""), (code, output));
            Assert.Contains(words[0], error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ForceServesToOthersWithAWarning()
    {
        using var program = new ConsoleProgram(
            "poll", "lo", "--count", "1", "--metrics-listen", "[::]:0", "--force");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal(0, code);
        Assert.Contains("warning: other machines can read the metrics", error, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task CommandRunsWhenDropsBeginAndWhenTheyEnd()
    {
        const string Command =
            "echo \"$TUNSTATS_EVENT $TUNSTATS_DEVICE $TUNSTATS_RX_DROPPED $TUNSTATS_TX_DROPPED\" >> \"$OUT\"; "
            + "echo said; test $TUNSTATS_EVENT = begin || exit 3";
        string seen = Path.Combine(_directory.FullName, "it's \"quoted\" $HOME");
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using var program = ConsoleProgram.Under(
            ["env", $"OUT={seen}"],
            "poll", "tun0", "--json", "-i", "1", "--namespace", space.Path, "--exec-on-drop", Command);
        await program.ReadLineAsync();

        // One burst, so that its drops are in one poll, or in two that follow each other.
        space.Run(() => tunnel.Send(700));
        Assert.Contains(
            "exit code 3 (end of drops of tun0)", await program.ReadErrorAsync("exit code"), StringComparison.Ordinal);

        program.Signal("TERM");
        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal(0, code);
        Assert.Equal(2, error.Split('\n').Count(line => line == "said"));
        Assert.DoesNotContain("said", output, StringComparison.Ordinal);
        Assert.Matches(@"^begin tun0 0 [1-9]\d*\nend tun0 0 200\n$", await File.ReadAllTextAsync(seen));
    }

    [LiveFact]
    public async Task CommandThatHangsDelaysNoPollAndIsKilledAtTheEnd()
    {
        string seen = Path.Combine(_directory.FullName, "pid.prom");
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using var program = new ConsoleProgram(
            "poll", "tun0", "--json", "-i", "0.1", "--namespace", space.Path,
            "--exec-on-drop", $"echo $$ > {seen}.new; mv {seen}.new {seen}; sleep 3600; true");
        await program.ReadLineAsync();
        space.Run(() => tunnel.Send(700));
        await UntilItExists(seen);
        for (int sample = 0; sample < 10; sample++)
        {
            await program.ReadLineAsync();
        }

        program.Signal("TERM");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal(0, code);
        Assert.Contains("was killed", error, StringComparison.Ordinal);
        Assert.DoesNotContain("exit code", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(seen)).Trim()}"));
    }

    [Fact]
    public async Task TimeOfDropsNeedsACommand()
    {
        using var program = new ConsoleProgram("poll", "lo", "--alert-for", "1s");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal(2, code);
        Assert.Contains("--alert-for has no effect without --exec-on-drop", error, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task DeviceOfAnotherNamespaceIsWaitedForAndFollowed()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using var program = new ConsoleProgram("poll", "tun0", "lo", "--json", "-i", "0.1", "--namespace", space.Path);
        Assert.Equal("lo", Name(await program.ReadLineAsync()));
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        string line;
        do
        {
            line = await program.ReadLineAsync();
        }
        while (Name(line) != "tun0");
        space.Run(() => tunnel.Send(700));
        ulong drops = 0;
        while (drops < 200)
        {
            JsonElement sample = JsonDocument.Parse(await program.ReadLineAsync()).RootElement;
            drops += sample.GetProperty("Name").GetString() == "tun0"
                ? sample.GetProperty("Increase").GetProperty("TxDropped").GetUInt64()
                : 0;
        }

        program.Signal("TERM");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal((0, 200ul), (code, drops));
        Assert.Single(Regex.Matches(error, "There is no network interface named 'tun0'"));
    }

    private static async Task<(int Code, string Error)> CodeAndErrorAsync(ConsoleProgram program)
    {
        (int code, _, string error) = await program.EndAsync();
        return (code, error);
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];

    private static string[] Names<T>() => [.. typeof(T).GetProperties().Select(p => p.Name)];

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static string? Name(string line) =>
        JsonDocument.Parse(line).RootElement.GetProperty("Name").GetString();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The file is written on a thread of its own, after the sample is reported.</summary>
    /// <summary>
    /// The peer answers from another port: an event among the samples, in the log and in the metrics.
    /// </summary>
    [ToolFact("wireguard-go", "wg")]
    public async Task APeerThatRoamsIsAnEvent()
    {
        using var pair = new WireGuardPair();
        LabTraffic.Exchange(
            pair.Left.Space, WireGuardPair.LeftIPv4, pair.Right.Space, WireGuardPair.RightIPv4, 1001, 20);
        using var program = new ConsoleProgram(
            "poll", pair.Left.Device, "--netns", pair.Left.Space.Path, "--peers", "--interval", "0.2", "--json",
            "--metrics-file", MetricsFile);
        await UntilItHolds("tunstats_peer_path_changes_total");
        string before = await File.ReadAllTextAsync(MetricsFile);
        using (Process wg = Process.Start("wg", ["set", pair.Right.Device, "listen-port", "51999"]))
        {
            await wg.WaitForExitAsync();
        }

        LabTraffic.Exchange(
            pair.Right.Space, WireGuardPair.RightIPv4, pair.Left.Space, WireGuardPair.LeftIPv4, 1002, 20);
        JsonElement change;
        do
        {
            change = JsonDocument.Parse(await program.ReadLineAsync()).RootElement;
        }
        while (change.GetProperty("Event").GetString() != "PathChange");

        await UntilItHolds("endpoint=\"192.0.2.2:51999\"");
        string text = await File.ReadAllTextAsync(MetricsFile);
        program.Signal("TERM");
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal(0, code);
        Assert.Contains(
            "from Direct 192.0.2.2:51820 to Direct 192.0.2.2:51999, after ", error, StringComparison.Ordinal);
        Assert.Equal(
            typeof(PeerPathChange).GetProperties().Select(p => p.Name).Append("Event").Order(),
            change.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(
            (pair.Left.Device, "Direct", "192.0.2.2:51999"),
            (change.GetProperty("Device").GetString(), change.GetProperty("Path").GetString(),
                change.GetProperty("Via").GetString()));
        Assert.Matches(@"tunstats_peer_path_changes_total\{.*\} 0\n", before);
        Assert.Matches(@"tunstats_peer_path_changes_total\{.*\} 1\n", text);

        async Task UntilItHolds(string words)
        {
            while (!File.Exists(MetricsFile)
                || !(await File.ReadAllTextAsync(MetricsFile)).Contains(words, StringComparison.Ordinal))
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>A run from cron has the peers in its file, too.</summary>
    [ToolFact("wireguard-go", "promtool")]
    public async Task ARunOfOnePollHasThePeersInItsMetrics()
    {
        using var pair = new WireGuardPair();
        using var program = new ConsoleProgram(
            "poll", pair.Left.Device, "--netns", pair.Left.Space.Path, "--peers", "--count", "1", "--metrics-file",
            MetricsFile);
        (int code, _, _) = await program.EndAsync();

        Assert.Equal(0, code);
        Assert.Contains(
            $"tunstats_peers_up{{interface=\"{pair.Left.Device}\",namespace=\"{pair.Left.Space.Path}\"}} 1\n",
            await File.ReadAllTextAsync(MetricsFile),
            StringComparison.Ordinal);
        using var promtool = ConsoleProgram.Start("sh", "-c", $"promtool check metrics < '{MetricsFile}'");
        Assert.Equal((0, "", ""), await promtool.EndAsync());
    }

    private async Task UntilItExists(string path)
    {
        using var watcher = new FileSystemWatcher(_directory.FullName, "*.prom");
        var there = new TaskCompletionSource();
        watcher.Renamed += (_, _) => there.TrySetResult();
        watcher.Created += (_, _) => there.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(path))
        {
            await there.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }
}
