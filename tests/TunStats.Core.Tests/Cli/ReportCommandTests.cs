using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;
using static TunStats.Tests.Fakes.CaptureBytes;

namespace TunStats.Tests.Cli;

/// <summary><c>tunstats report</c> as users run it.</summary>
public sealed class ReportCommandTests : IDisposable
{
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
        string report = Path.Combine(_folder.FullName, "report.html");

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

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var program = new ConsoleProgram(arguments);
        return await program.EndAsync();
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
