using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Export;
using TunStats.Tests.Cli;
using TunStats.Tests.Live;
using Xunit;

namespace TunStats.Tests.Export;

/// <summary>The file sink in a process of its own: killed at any moment, and on a disk that is full.</summary>
public sealed class FileSinkCrashTests : IDisposable
{
    // More of them with TUNSTATS_KILLS: each takes a few tenths of a second.
    private const int Kills = 12;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-crash-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task KilledLoggerLeavesWholeLinesWithoutAHole()
    {
        int kills = Environment.GetEnvironmentVariable("TUNSTATS_KILLS") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Kills;
        string path = Path.Combine(_folder.FullName, "a.jsonl");
        var random = new Random();
        var written = new Dictionary<string, long>();
        for (int i = 0; i < kills; i++)
        {
            using ConsoleProgram logger = Start(path);
            await logger.Input.WriteLineAsync("load");
            await logger.Input.FlushAsync();
            string report = await logger.ReadLineAsync();
            for (int reports = random.Next(20); reports > 0; reports--)
            {
                report = await logger.ReadLineAsync();
            }

            Thread.SpinWait(random.Next(1_000_000));
            logger.Signal("KILL");
            report = (await logger.Output.ReadToEndAsync()).Split('\n')[..^1].LastOrDefault(report);
            Report last = Report.Parse(report);
            written[last.Run] = last.Written;
            await logger.ExitAsync();
        }

        // The next start mends what the last kill left.
        FileSink.Open(new FileSinkOptions { Path = path }, TimeProvider.System).Dispose();
        Dictionary<string, long> found = ReadSequences(path);
        Assert.All(written, run => Assert.True(
            found.GetValueOrDefault(run.Key) >= run.Value,
            $"{run} was reported, {found.GetValueOrDefault(run.Key)} kept"));
        Assert.Equal(kills, written.Count);
    }

    /// <summary>A disk with room for 8 KiB: the queue waits for more, and the rest becomes gaps.</summary>
    [LiveFact]
    public async Task FullDiskCostsNoLineAndLeavesGaps()
    {
        string mount = _folder.CreateSubdirectory("mount").FullName;
        string script = "mount -t tmpfs -o size=64k none \"$1\" && head -c 57344 /dev/zero > \"$1/filler\" "
            + "&& exec dotnet \"$2\" --log-file \"$1/a\"";
        using ConsoleProgram logger = ConsoleProgram.Start(
            "unshare", "-m", "sh", "-c", script, "sh", mount, LabProgram());
        Report status = await AskAsync(logger, 100);
        for (int i = 0; i < 15 || status.Dropped == 0; i++)
        {
            status = await AskAsync(logger, 10);
        }

        // What is mounted in the namespace of a process is seen from outside, too.
        string inside = $"/proc/{logger.Id}/root{mount}";
        Assert.EndsWith("}\n", File.ReadAllText(inside + "/a"), StringComparison.Ordinal);
        Assert.True(status.Queued > 0);
        File.Delete(inside + "/filler");
        while (status.Queued > 0)
        {
            status = await AskAsync(logger, 0);
        }

        await AskAsync(logger, 1);
        string copy = Path.Combine(_folder.FullName, "copy");
        logger.Input.Close();
        while (!File.Exists(copy) || status.Written + 1 > File.ReadLines(copy).Count(l => !IsGap(l)))
        {
            File.Copy(inside + "/a", copy, overwrite: true);
        }

        long next = 1;
        long dropped = 0;
        foreach (string line in File.ReadLines(copy))
        {
            JsonElement root = JsonDocument.Parse(line).RootElement;
            JsonElement gap = IsGap(line) ? root.GetProperty("gap") : default;
            long last = root.GetProperty("sequence").GetInt64();
            Assert.Equal(next, IsGap(line) ? gap.GetProperty("first").GetInt64() : last);
            next = last + 1;
            dropped += IsGap(line) ? gap.GetProperty("messages").GetInt64() : 0;
        }

        Assert.Equal((status.Written + status.Dropped + 2, status.Dropped), (next, dropped));
    }

    private static bool IsGap(string line) => line.Contains("\"gap\":", StringComparison.Ordinal);

    private static ConsoleProgram Start(string path) =>
        ConsoleProgram.Start("dotnet", LabProgram(), "--log-file", path);

    private static string LabProgram() => Path.Combine(AppContext.BaseDirectory, "TunStats.Lab.dll");

    private static async Task<Report> AskAsync(ConsoleProgram logger, int messages)
    {
        await logger.Input.WriteLineAsync(messages.ToString(CultureInfo.InvariantCulture));
        await logger.Input.FlushAsync();
        return Report.Parse(await logger.ReadLineAsync());
    }

    /// <summary>Checks every line and returns the last number of each run, which has no hole before it.</summary>
    private static Dictionary<string, long> ReadSequences(string path)
    {
        var last = new Dictionary<string, long>();
        string[] rotated = [.. Directory.GetFiles(Path.GetDirectoryName(path)!, "a.jsonl-*").Order()];
        foreach (string file in rotated.Where(f => !f.EndsWith(".tmp", StringComparison.Ordinal)).Append(path))
        {
            bool isCompressed = file.EndsWith(".gz", StringComparison.Ordinal);
            if (!isCompressed && File.Exists(file + ".gz"))
            {
                continue;
            }

            using Stream stream = File.OpenRead(file);
            using var reader = new StreamReader(
                isCompressed ? new GZipStream(stream, CompressionMode.Decompress) : stream);
            string text = reader.ReadToEnd();
            Assert.True(text.Length == 0 || text[^1] == '\n', file);
            foreach (string line in text.Split('\n')[..^1])
            {
                using JsonDocument document = JsonDocument.Parse(line);
                string run = document.RootElement.GetProperty("logger").GetString()!;
                long sequence = document.RootElement.GetProperty("sequence").GetInt64();
                Assert.Equal(last.GetValueOrDefault(run) + 1, sequence);
                last[run] = sequence;
            }
        }

        return last;
    }

    private sealed record Report(string Run, long Written, long Queued, long Dropped)
    {
        internal static Report Parse(string line) => line.Split(' ') switch
        {
            [var run, var written, var queued, var dropped] => new Report(
                run, long.Parse(written, null), long.Parse(queued, null), long.Parse(dropped, null)),
            _ => throw new InvalidOperationException($"'{line}' is not a report."),
        };
    }
}
