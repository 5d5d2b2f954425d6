using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>Standard output and error of <c>tunstats poll</c> that are full, closed, or that nobody reads.</summary>
[Collection(NativeTests.Name)]
public sealed partial class StallTests(NativeProgram native) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tunstats-stall-");

    private string MetricsFile => Path.Combine(_directory.FullName, "tunstats.prom");

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>A hundred devices: each poll has more text than a pipe holds, and its reader does not read.</summary>
    [NativeFact]
    public async Task PollsAndMetricsGoOnWhileNobodyReadsAndTheLossIsCounted()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        for (int i = 0; i < 50; i++)
        {
            links.AddVeth($"a{i}", $"b{i}");
        }

        using ConsoleProgram program = ConsoleProgram.Start(
            native.Path, "poll", "*", "--json", "-i", "0.1", "--netns", space.Path, "--metrics-file", MetricsFile);

        // Each poll is 200 KB: ten of them do not fit the pipe and the queue.
        await UntilPolled(30);

        string[] lines = await ReadLinesUntilReported(program);
        Assert.All(lines, l => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(l).RootElement.ValueKind));
    }

    [NativeFact]
    public async Task SignalEndsItWithinMomentsAndTheUnwrittenLinesAreCounted()
    {
        using var space = new PrivateNamespace();
        using LabLinks links = space.OpenLinks();
        for (int i = 0; i < 50; i++)
        {
            links.AddVeth($"a{i}", $"b{i}");
        }

        using ConsoleProgram program = ConsoleProgram.Start(
            native.Path, "poll", "*", "--json", "-i", "0.1", "--netns", space.Path, "--metrics-file", MetricsFile);
        await UntilPolled(3);
        program.Signal("TERM");
        Assert.Equal(1, await program.ExitAsync());
        string error = await program.ErrorAsync();
        string report = error.TrimEnd('\n').Split('\n')[^1];
        Assert.Matches(@"^tunstats: warning: \d+ lines were not written: standard output took no more$", report);

        // What was read and what was reported are all that there was: a line for each device and poll.
        string[] lines = (await program.Output.ReadToEndAsync()).Split('\n');
        int whole = lines.Count(l => l.EndsWith('}'));
        long lost = long.Parse(report.Split(' ')[2], CultureInfo.InvariantCulture);
        Assert.Equal(0, (whole + lost) % 101);
        Assert.False(File.Exists(MetricsFile));
    }

    /// <summary>Standard error is a pipe that is full from the start; link events arrive constantly.</summary>
    [NativeFact("sh", "head")]
    public async Task FullStandardErrorDelaysNothing()
    {
        string script =
            $"exec 3<>'{Pipe()}'; head -c 65536 /dev/zero >&3; exec \"$0\" \"$@\" 2>&3";
        using ConsoleProgram program = ConsoleProgram.Start(
            "sh", "-c", script, native.Path, "poll", "lo", "nope0", "--json", "-i", "0.1", "--metrics-listen",
            "127.0.0.1:0");
        for (int i = 0; i < 3; i++)
        {
            await program.ReadLineAsync();
        }

        program.Signal("TERM");
        Assert.Equal(0, await program.ExitAsync());
    }

    [NativeFact("sh")]
    public async Task FullDiskEndsNeitherPollsNorMetrics()
    {
        using ConsoleProgram program = ConsoleProgram.Start(
            "sh", "-c", "exec \"$0\" \"$@\" > /dev/full 2> /dev/full", native.Path, "poll", "lo", "--json", "-i", "0.1",
            "--metrics-file", MetricsFile);
        await UntilPolled(5);
        program.Signal("TERM");
        Assert.Equal(1, await program.ExitAsync());
    }

    /// <summary>A socket that became descriptor 1 or 2 would be written to.</summary>
    [NativeFact("sh")]
    public void ClosedDescriptorsAreOpenedOnDevNullAndLostOutputIsAnError()
    {
        string[] closings = ["0<&- 1>&- 2>&-", "1>&-", "2>&-", "0<&-"];
        foreach (string closing in closings)
        {
            string script = $"\"$0\" \"$@\" {closing}; echo $?";
            foreach (string[] call in (string[][])
                [["stats", "lo"], ["poll", "lo", "-c", "1"], ["flows", "lo", "-d", "0.1"], ["stats", "nope0"]])
            {
                (_, string output, string error) = NativeProgram.Start("sh", ["-c", script, native.Path, .. call]);
                bool isLost = closing.Contains("1>&-", StringComparison.Ordinal);
                string expected = call[1] == "nope0" || isLost ? "1" : "0";
                Assert.Equal(expected, output.TrimEnd('\n').Split('\n')[^1]);
                bool isReported = isLost && !closing.Contains("2>&-", StringComparison.Ordinal) && call[1] == "lo";
                string what = call[0] == "poll" ? "not written" : "Bad file descriptor";
                Assert.Equal(isReported, error.Contains(what, StringComparison.Ordinal));
            }
        }
    }

    /// <summary>A limit of the shell (ulimit -f) sends a signal that ends a process unless it is ignored.</summary>
    [NativeFact("sh")]
    public void LimitOfFileSizesIsOneWarning()
    {
        const string Script = "ulimit -f 0; exec \"$0\" \"$@\"";
        (int code, string output, string error) = NativeProgram.Start(
            "sh", ["-c", Script, native.Path, "poll", "lo", "-c", "2", "-i", "0.1", "--metrics-file", MetricsFile]);
        Assert.Equal((0, 3), (code, output.TrimEnd('\n').Split('\n').Length));
        Assert.Single(Regex.Matches(error, "File too large"));
        Assert.Empty(_directory.GetFileSystemInfos());
    }

    [NativeFact("sh")]
    public void ReportThatCannotBeWrittenLeavesTheOneBefore()
    {
        string log = Path.Combine(_directory.FullName, "log.jsonl"), report = $"{log}.html";
        File.WriteAllText(log, """
            {"start":"2026-01-02T03:04:05Z","end":"2026-01-02T03:04:10Z","virtualTraffic":[
            {"proto":6,"src":"100.64.0.1:5","dst":"100.64.0.2:443","txBytes":7}]}
            """);
        Assert.Equal((0, "", ""), native.Run("report", log, "--out", report));
        byte[] before = File.ReadAllBytes(report);

        (int code, _, string error) = NativeProgram.Start(
            "sh", ["-c", "ulimit -f 2; exec \"$0\" \"$@\"", native.Path, "report", log, "--out", report]);

        Assert.Equal(
            (1, $"tunstats: --out: The file '{report}' cannot be read or written: File too large.\n"), (code, error));
        Assert.Equal(before, File.ReadAllBytes(report));
        Assert.Equal(2, _directory.GetFileSystemInfos().Length);
    }

    /// <summary>Killed while a text goes to disk, as by a service manager that restarts it each time.</summary>
    [NativeFact("strace")]
    public void KilledPollerLeavesNoTemporaryFile()
    {
        for (int i = 0; i < 3; i++)
        {
            NativeProgram.Start(
                "strace",
                ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:signal=KILL:when=1",
                    native.Path, "poll", "lo", "-i", "0.1", "--metrics-file", MetricsFile]);
            Assert.Empty(_directory.GetFileSystemInfos());
        }
    }

    /// <summary>^S on a terminal: what is written to it waits until ^Q.</summary>
    [NativeFact("script")]
    public async Task StoppedTerminalDelaysNeitherPollsNorTheEnd()
    {
        string pid = Path.Combine(_directory.FullName, "pid");
        string poll = $"exec '{native.Path}' poll lo -i 0.1 --metrics-file '{MetricsFile}'";
        using ConsoleProgram terminal = ConsoleProgram.Start(
            "script", "-qfc", $"echo $$ > '{pid}'; {poll}", "/dev/null");
        await terminal.ReadLineAsync();
        await terminal.Input.WriteAsync('\u0013');
        await terminal.Input.FlushAsync();
        await UntilPolled(await Polls() + 10);

        int process = int.Parse(await File.ReadAllTextAsync(pid), CultureInfo.InvariantCulture);
        ConsoleProgram.Signal("TERM", process);
        await UntilGone(process);
        Assert.False(File.Exists(MetricsFile));
    }

    private string Pipe()
    {
        string path = Path.Combine(_directory.FullName, "pipe");
        Process.Start("mkfifo", path)!.WaitForExit();
        return path;
    }

    private async Task UntilPolled(long polls)
    {
        var watch = Stopwatch.StartNew();
        while (await Polls() < polls)
        {
            Assert.True(watch.Elapsed < Patience, $"no {polls} polls in {watch.Elapsed}");
            await Task.Yield();
        }
    }

    private static async Task UntilGone(int process)
    {
        var watch = Stopwatch.StartNew();
        while (Directory.Exists($"/proc/{process}"))
        {
            Assert.True(watch.Elapsed < Patience, $"the process {process} does not end");
            await Task.Yield();
        }
    }

    private async Task<long> Polls()
    {
        string text = File.Exists(MetricsFile) ? await File.ReadAllTextAsync(MetricsFile) : "";
        Match match = PollCount().Match(text);
        return match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"^tunstats_polls_total(?:\{.*\})? (\d+)", RegexOptions.Multiline)]
    private static partial Regex PollCount();

    private static async Task<string[]> ReadLinesUntilReported(ConsoleProgram program)
    {
        List<string> lines = [];
        Task<string> report = program.ReadErrorAsync("lines were not written: standard output took no more");
        while (!report.IsCompleted)
        {
            lines.Add(await program.ReadLineAsync());
        }

        await report;
        return [.. lines];
    }
}
