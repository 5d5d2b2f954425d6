using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using TunStats.Lab;
using TunStats.Tests.Live;
using TunStats.Tests.Polling;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Cli;

/// <summary><c>tunstats flows</c> and <c>tunstats netlog</c> as users run them.</summary>
public sealed class FlowsCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-flows-");
    private readonly string _capture;

    public FlowsCommandTests()
    {
        _capture = Path.Combine(_folder.FullName, "a.pcap");
        File.WriteAllBytes(_capture, Pcap(101, [
            Udp("100.64.0.1:1000", "100.64.0.2:53", 72),
            Udp("100.64.0.2:53", "100.64.0.1:1000", 272),
            Udp("100.64.0.1:1001", "192.168.7.9:80", 12, 6),
            Udp("100.64.0.1:1002", "8.8.8.8:443", 12, 6)]));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task CaptureIsATable()
    {
        (int code, string output, string error) = await RunAsync("flows", _capture, "--local", "100.64.0.1");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.StartsWith($"{_capture}  2020-09-13T12:26:40.123456Z  3 s", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("PROTO ", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^UDP +100\.64\.0\.1:1000 +100\.64\.0\.2:53 +100 B +300 B +1 +1$", lines[2]);
    }

    [Fact]
    public async Task CaptureIsLinesOfJson()
    {
        (int code, string output, _) = await RunAsync(
            "flows", _capture, "--local", "100.64.0.1", "--top", "1", "--interval", "1h", "--json");
        Assert.Equal(0, code);
        JsonElement flow = JsonDocument.Parse(Assert.Single(output.TrimEnd('\n').Split('\n'))).RootElement;
        Assert.Equal("100.64.0.2:53", flow.GetProperty("Dst").GetString());
        Assert.Equal(300, flow.GetProperty("RxBytes").GetInt32());
        Assert.Equal("Unknown", flow.GetProperty("OpenedBy").GetString());
    }

    [Fact]
    public async Task CaptureIsATableOfSums()
    {
        (int code, string output, string error) = await RunAsync(
            "flows", _capture, "--local", "100.64.0.1", "--group-by", "class", "--route", "100.64.0.2", "--route",
            "192.168.7.0/24");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Matches("^CLASS +TX +RX +TX-PACKETS +RX-PACKETS +CONNECTIONS$", lines[1]);
        Assert.Equal(["Virtual", "Subnet", "Exit"], lines[2..].Select(line => line.Split(' ')[0]));
        Assert.Matches("^Virtual +100 B +300 B +1 +1 +1$", lines[2]);
    }

    [Fact]
    public async Task SumsAreLinesOfJson()
    {
        (int code, string output, _) = await RunAsync(
            "flows", _capture, "--local", "100.64.0.1", "--group-by", "protocol", "--json");
        Assert.Equal(0, code);
        Assert.Equal(
            ["UDP 1 100 300", "TCP 2 104 0"],
            output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).Select(
                group => $"{group.GetProperty("Group")} {group.GetProperty("Connections")} "
                    + $"{group.GetProperty("TxBytes")} {group.GetProperty("RxBytes")}"));
    }

    [Fact]
    public async Task BadSourcesAreReportedAndTheOthersCounted()
    {
        string text = Path.Combine(_folder.FullName, "text");
        File.WriteAllText(text, "this is not a capture file");
        (int code, string output, string error) = await RunAsync(
            "flows", text, "./no-such-file", _capture, "nosuch0", "--duration", "10ms", "--json");
        Assert.Equal(1, code);
        Assert.Equal(3, output.TrimEnd('\n').Split('\n').Length);
        string[] lines = error.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);

        // What is missing is found before anything is read.
        Assert.Contains("no-such-file", lines[0], StringComparison.Ordinal);
        Assert.Contains("nosuch0", lines[1], StringComparison.Ordinal);
        Assert.Contains("neither a pcap nor a pcapng", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at least one DEVICE|FILE", "flows")]
    [InlineData("out of range", "flows", "lo", "--interval", "1ms")]
    [InlineData("not a valid time", "flows", "lo", "--duration", "soon")]
    [InlineData("not a valid number", "flows", "lo", "--top", "0")]
    [InlineData("octal", "flows", "lo", "--local", "010.0.0.1")]
    [InlineData("no option '--wrong'", "flows", "lo", "--wrong")]
    [InlineData("give host, peer", "flows", "lo", "--group-by", "size")]
    [InlineData("--group-by class", "flows", "lo", "--group-by", "peer", "--route", "10.0.0.0/8")]
    [InlineData("give 1 or 2", "netlog", "lo", "--schema", "3")]
    [InlineData("--read", "netlog")]
    [InlineData("--read", "netlog", "lo", "--read", "x")]
    [InlineData("--out has no effect on --read", "netlog", "--read", "x", "--out", "y")]
    [InlineData("--route has no effect on --read", "netlog", "--read", "x", "--route", "10.0.0.0/8")]
    [InlineData("--netns has no effect on --read", "netlog", "--read", "x", "--netns", "y")]
    [InlineData("--envelope goes with standard output alone", "netlog", "a.pcap", "--envelope", "--out", "x")]
    [InlineData("--node-id goes with --schema 2", "netlog", "lo", "--node-id", "n1")]
    [InlineData("--route '10.0.0.0/99' is not a valid prefix", "netlog", "lo", "--route", "10.0.0.0/99")]
    [InlineData("--overlay 'x' is not a valid prefix", "netlog", "lo", "--overlay", "x")]
    [InlineData("--duration is for devices", "flows", "a.pcap", "--duration", "1s")]
    [InlineData("--netns is for devices", "netlog", "a.pcap", "--route", "10.0.0.0/8", "--netns", "/proc/self/ns/net")]
    [InlineData("--ring-buffer is for devices", "flows", "a.pcap", "--ring-buffer", "1")]
    [InlineData("--local is for capture files", "flows", "lo", "--local", "10.0.0.1")]
    [InlineData("--include-process is for devices", "flows", "a.pcap", "--include-process")]
    [InlineData("--group-by sums them", "flows", "lo", "--include-process", "--group-by", "peer")]
    [InlineData("standard input ('-') is given twice", "flows", "-", "-")]
    public async Task WrongUseIsRefused(string why, params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(
            [.. arguments.Select(a => a == "a.pcap" ? _capture : a)]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CaptureBecomesANetworkLogAndIsReadAgain()
    {
        string log = Path.Combine(_folder.FullName, "log.jsonl");
        string[] arguments =
        [
            "netlog", _capture, "--local", "100.64.0.1", "--route", "100.64.0.2", "--route", "192.168.7.0/24",
            "--schema", "2", "--node-id", "n1", "--out", log,
        ];
        Assert.Equal((0, "", ""), await RunAsync(arguments));
        Assert.Equal((0, "", ""), await RunAsync(arguments));
        string[] lines = File.ReadAllLines(log);
        Assert.Equal(2, lines.Length);
        JsonElement entry = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal(1, entry.GetProperty("sequence").GetInt32());
        JsonElement message = Assert.Single(entry.GetProperty("logs").EnumerateArray());
        Assert.Equal(
            ["nodeId", "start", "end", "virtualTraffic", "subnetTraffic", "exitTraffic"],
            message.EnumerateObject().Select(member => member.Name));

        (int code, string output, string error) = await RunAsync([.. arguments[..^2], "--envelope"]);
        Assert.Equal((0, ""), (code, error));
        JsonElement line = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["logger", "sequence", "logs"], line.EnumerateObject().Select(member => member.Name));
        Assert.Equal(1, line.GetProperty("sequence").GetInt32());

        (code, output, error) = await RunAsync("netlog", "--read", log);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(3, output.Split("NodeID: n1").Length);
        Assert.Contains("UDP: 100.64.0.1:1000 -> 100.64.0.2:53", output, StringComparison.Ordinal);
    }

    /// <summary>Two writes fail for lack of space: the messages wait, and are written when there is some.</summary>
    [ToolFact("strace")]
    public async Task FullDiskDelaysMessagesAndLosesNone()
    {
        string log = Path.Combine(_folder.FullName, "log.jsonl");
        File.WriteAllText(log, "");
        using ConsoleProgram program = ConsoleProgram.Under(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-P", log, "-e", "trace=write", "-e",
                "inject=write:error=ENOSPC:when=2..3"],
            "netlog", _capture, "--local", "100.64.0.1", "--interval", "1s", "--out", log);
        (int code, _, string error) = await program.EndAsync();
        Assert.Equal((0, 4), (code, File.ReadAllLines(log).Length));
        string[] told = error.TrimEnd('\n').Split('\n');
        Assert.Contains("No space left on device", told[0], StringComparison.Ordinal);
        Assert.Contains("writing works again", told[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileThatIsNoLogIsNotAppendedTo()
    {
        byte[] before = File.ReadAllBytes(_capture);
        (int code, _, string error) = await RunAsync(
            "netlog", _capture, "--route", "10.0.0.0/8", "--out", _capture);
        Assert.Equal(2, code);
        Assert.Contains("is not a file of network log messages", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_capture));
    }

    [Fact]
    public async Task BadLogIsReportedWithItsPlace()
    {
        string log = Path.Combine(_folder.FullName, "bad.jsonl");
        File.WriteAllText(log, "nonsense\n{\"exitTraffic\":[{\"txBytes\":5}]}\n");
        (int code, string output, string error) = await RunAsync("netlog", "--read", log);
        Assert.Equal(1, code);
        Assert.Contains("line 1, column 1", error, StringComparison.Ordinal);
        Assert.Contains("ExitTraffic:", output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("netlog", "--read", "/no/such")).ExitCode);
    }

    /// <summary>A file that is something else has an error on each line: five are shown, as by report.</summary>
    [Theory]
    [InlineData("netlog", "--read")]
    [InlineData("report", "--out", "-")]
    public async Task FurtherErrorsOfAFileAreCounted(string command, params string[] options)
    {
        string page = Path.Combine(_folder.FullName, "page.html");
        File.WriteAllLines(page, Enumerable.Range(0, 20).Select(i => $"<tr><td>{i}</td>"));
        (int code, _, string error) = await RunAsync([command, .. options, page]);
        string[] lines = error.TrimEnd('\n').Split('\n');
        Assert.Equal(1, code);
        Assert.Contains($"tunstats: {page}: 15 further errors are not shown.", lines);
        Assert.Equal(5, lines.Count(l => l.Contains(", line ", StringComparison.Ordinal)));
    }

    [LiveFact]
    public async Task DeviceIsCountedUntilASignalAndTheWindowUnderWayIsHandedOut()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using var program = new ConsoleProgram("flows", "tun0", "--netns", space.Path, "--interval", "1h", "--json");
        await program.ThreadAsync("TunStats flows");
        space.Run(() => tunnel.Send(7));

        program.Signal("INT");

        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal((0, ""), (code, error));
        JsonElement flow = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("tun0", 7), (flow.GetProperty("Source").GetString(), flow.GetProperty("TxPackets").GetInt32()));
    }

    [Fact]
    public async Task SignalEndsItWhenNobodyReadsTheLinesOfAFinishedFile()
    {
        const int Connections = 200_000;
        string file = Path.Combine(_folder.FullName, "many.pcap");
        byte[] packet = Udp("10.0.0.1:1", "10.0.0.2:53");
        File.WriteAllBytes(file, Pcap(101, Enumerable.Range(0, Connections).Select(i =>
        {
            byte[] other = [.. packet];
            BinaryPrimitives.WriteInt32BigEndian(other.AsSpan(16), 0x0b000000 + i);
            return other;
        })));
        using var program = new ConsoleProgram("flows", file, "--json");
        await program.ReadLineAsync();
        program.Signal("TERM");
        await program.ExitAsync();
        string report = (await program.ErrorAsync()).TrimEnd('\n');
        Assert.Matches(@"^tunstats: warning: \d+ lines were not written: standard output took no more$", report);
        string[] lines = (await program.Output.ReadToEndAsync()).Split('\n');
        long lost = long.Parse(report.Split(' ')[2], CultureInfo.InvariantCulture);
        Assert.Equal(Connections, 1 + lines.Count(line => line.EndsWith('}')) + lost);
    }

    [LiveFact]
    public async Task DeviceOfAFilesNameIsMeantUnlessItIsWrittenAsAPath()
    {
        File.Copy(_capture, Path.Combine(_folder.FullName, "lo"));
        string[] here = ["sh", "-c", $"cd '{_folder.FullName}' && exec \"$@\"", "sh"];
        using ConsoleProgram device = ConsoleProgram.Under(here, "flows", "lo", "-d", "10ms", "--json");
        using ConsoleProgram file = ConsoleProgram.Under(here, "flows", "./lo", "--json");
        (int code, string output, string error) = await device.EndAsync();
        Assert.Equal((0, ""), (code, error));
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Contains("\"Source\":\"lo\"", line, StringComparison.Ordinal));
        Assert.Contains("\"Source\":\"./lo\"", (await file.EndAsync()).Output, StringComparison.Ordinal);
    }

    [LiveFact]
    public async Task DeviceIsLoggedByItsOwnRoutes()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        using LabTunnel tunnel = space.Run(() => LabTunnel.Open("tun0", links));
        using var program = new ConsoleProgram("netlog", "tun0", "--netns", space.Path, "--interval", "1h");
        await program.ThreadAsync("TunStats flows");
        space.Run(() => tunnel.Send(7));

        program.Signal("TERM");

        (int code, string output, string error) = await program.EndAsync();
        Assert.Equal((0, ""), (code, error));
        JsonElement message = JsonDocument.Parse(output).RootElement;
        Assert.Equal(7, message.GetProperty("virtualTraffic")[0].GetProperty("txPkts").GetInt32());
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var program = new ConsoleProgram(arguments);
        return await program.EndAsync();
    }
}
