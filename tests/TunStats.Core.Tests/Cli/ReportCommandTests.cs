using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Cli;

/// <summary><c>tunstats report</c> as users run it.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private const string Log = """
        {"start":"2026-01-02T03:04:05Z","end":"2026-01-02T03:04:10Z","virtualTraffic":[
        {"proto":6,"src":"100.64.0.1:5","dst":"100.64.0.2:443","txBytes":7}]}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-report-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task LogsCapturesAndSamplesAreOneReport()
    {
        string capture = Write("a.pcap.gz", Gzip(Pcap(101, [Udp("10.1.0.1:1000", "10.1.0.2:53", 72)])));
        string log = Write("log.jsonl", """
            {"start":"2026-01-02T03:04:05Z","end":"2026-01-02T03:04:10Z","virtualTraffic":[
            {"proto":6,"src":"100.64.0.1:5","dst":"100.64.0.2:443","txBytes":7}]}
            nonsense
            """u8.ToArray());
        string samples = Write("poll.jsonl", """
            {"Name":"wg7","Timestamp":"2026-01-02T03:04:05Z","ElapsedSeconds":1,"Increase":null}
            """u8.ToArray());
        string report = PathOf("report.html");

        (int code, string output, string error) = await RunAsync(
            "report", log, capture, "--samples", samples, "--out", report, "--title", "Office");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("log.jsonl", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        string html = File.ReadAllText(report);
        Assert.Contains("<title>Office</title>", html, StringComparison.Ordinal);
        Assert.Contains("10.1.0.2:53", html, StringComparison.Ordinal);
        Assert.Contains("100.64.0.2:443", html, StringComparison.Ordinal);
        (code, output, error) = await RunAsync("report", capture, "--out", "-");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("<!DOCTYPE html>", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--out", "report", "x")]
    [InlineData(2, "name a network log", "report", "--out", "x")]
    [InlineData(1, "There is no file './none'", "report", "./none", "--out", "x")]
    [InlineData(1, "no report was written", "report", "/dev/null", "--out", "x")]
    public async Task WrongUseIsRefused(int wanted, string why, params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(arguments);
        Assert.Equal((wanted, ""), (code, output));
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log.jsonl", "one of the files that the report is made from")]
    [InlineData("link.jsonl", "one of the files that the report is made from")]
    [InlineData("samples.jsonl", "one of the files that the report is made from")]
    [InlineData("notes.txt", "something other than a report of TunStats")]
    public async Task OnlyReportsAreReplaced(string name, string why)
    {
        string log = Write("log.jsonl", Encoding.UTF8.GetBytes(Log));
        string samples = Write("samples.jsonl", [(byte)'\n']);
        Write("notes.txt", "notes"u8.ToArray());
        File.CreateSymbolicLink(PathOf("link.jsonl"), log);
        byte[] before = File.ReadAllBytes(PathOf(name));

        (int code, _, string error) = await RunAsync("report", log, "--samples", samples, "--out", PathOf(name));

        Assert.Equal(1, code);
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(PathOf(name)));
    }

    [Fact]
    public async Task FileGivenTwiceIsReadOnce()
    {
        string log = Write("log.jsonl", Encoding.UTF8.GetBytes(Log));
        string link = PathOf("link.jsonl");
        File.CreateSymbolicLink(link, log);
        Assert.Equal(
            (0, "", $"tunstats: warning: '{link}' is given twice; it is read once\n"),
            await RunAsync("report", log, link, "--out", PathOf("report.html")));
    }

    [Fact]
    public async Task MessagesOfACopyAreCountedOnce()
    {
        const string Numbered = """{"logger":"a","sequence":1,"message":""" + Log + "}\n";
        string log = Write("log.jsonl", Encoding.UTF8.GetBytes(Numbered));
        string copy = Write("copy.jsonl.gz", Gzip(Encoding.UTF8.GetBytes(Numbered)));
        (int code, _, string error) = await RunAsync("report", log, copy, "--out", PathOf("report.html"));
        Assert.Equal(0, code);
        Assert.Contains("warning: 1 message with a logger and a number that were read before", error);
    }

    [Fact]
    public async Task ReplacedReportKeepsItsMode()
    {
        string log = Write("log.jsonl", Encoding.UTF8.GetBytes(Log));
        string report = PathOf("report.html");
        Assert.Equal((0, "", ""), await RunAsync("report", log, "--out", report));
        File.SetUnixFileMode(report, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.Equal((0, "", ""), await RunAsync("report", log, "--out", report, "--title", "Next"));
        Assert.Contains("<title>Next</title>", File.ReadAllText(report), StringComparison.Ordinal);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, File.GetUnixFileMode(report));
    }

    [Fact]
    public async Task ErrorOfADeviceHasItsReason()
    {
        string log = Write("log.jsonl", Encoding.UTF8.GetBytes(Log));
        Assert.Equal((0, "", ""), await RunAsync("report", log, "--out", "/dev/null"));
        (int code, _, string error) = await RunAsync("report", log, "--out", "/dev/full");
        Assert.Equal(1, code);
        Assert.Contains("No space left on device", error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var program = new ConsoleProgram(arguments);
        return await program.EndAsync();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, byte[] content)
    {
        string path = PathOf(name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
