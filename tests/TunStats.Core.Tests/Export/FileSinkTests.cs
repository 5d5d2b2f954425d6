using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using TunStats.Export;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Tests.Export.FakeLogSink;

namespace TunStats.Tests.Export;

/// <summary>Messages in a file: whole lines, one owner, rotation.</summary>
public sealed partial class FileSinkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-file-sink-");
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _warnings = [];

    private string Log => InFolder("a.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void MessagesAreLines()
    {
        using (FileSink sink = Open())
        {
            Assert.Equal($"file {Log}", sink.Name);
            Write(sink, 1, 2);

            // The lock is in nobody's way who reads.
            Assert.Equal(2, File.ReadAllLines(Log).Length);
        }

        using (FileSink sink = Open())
        {
            Write(sink, 3, 3);
        }

        Assert.Equal([1, 2, 3], SequencesOf(File.ReadAllText(Log)));
        using NetLogReader reader = new(File.OpenRead(Log), Log);
        Assert.Equal(3, reader.ReadAll().Count());
    }

    [Fact]
    public void FileHasOneLogger()
    {
        File.CreateSymbolicLink(InFolder("link"), "a.jsonl");
        using (Open())
        {
            foreach (string path in new[] { Log, InFolder("link") })
            {
                LogSinkException error = Refused(new FileSinkOptions { Path = path });
                Assert.StartsWith($"'{path}' is in use by another logger. ", error.Message, StringComparison.Ordinal);
                Assert.Equal(("Path", LogSinkErrorKind.Transient), (error.Option, error.Failure));
            }

            // The null device takes any number of them.
            Open("/dev/null").Dispose();
            using FileSink first = Open("/dev/null");
            using FileSink second = Open("/dev/null");
            Write(second, 1, 1);
        }

        Open().Dispose();
    }

    [Fact]
    public void SomethingElseIsLeftAsItIs()
    {
        File.WriteAllText(Log, "notes\n");
        LogSinkException error = Refused(new FileSinkOptions { Path = Log });
        Assert.Contains("is not a file of network log messages", error.Message, StringComparison.Ordinal);
        Assert.Equal("notes\n", File.ReadAllText(Log));
        error = Refused(new() { Path = _folder.FullName });
        Assert.Contains("is a directory", error.Message, StringComparison.Ordinal);
        Assert.Equal(LogSinkErrorKind.Invalid, error.Failure);

        // A file that was refused is free again.
        File.Delete(Log);
        Open().Dispose();
    }

    [Theory]
    [InlineData("{\"logger\":\"a\",\"seq", "")]
    [InlineData("{", "")]
    [InlineData("{\"a\":\"\\", "")]
    [InlineData("{\"a\":1}\0\0\0", "")]
    [InlineData("\0\0\0\0", "")]
    [InlineData("{\"a\":{\"b\":\"}\"}}", "{\"a\":{\"b\":\"}\"}}\n")]
    [InlineData("}", "}\n")]
    [InlineData("a note", "a note\n")]
    public void TornLastLineIsMended(string torn, string kept)
    {
        foreach (string before in new[] { "", "{\"a\":1}\n", new string('{', 100_000) + "\n" })
        {
            if (before.Length == 0 && !torn.StartsWith('{'))
            {
                continue;
            }

            File.WriteAllText(Log, before + torn);
            using (FileSink sink = Open())
            {
                Write(sink, 1, 1);
            }

            Assert.Equal(before + kept + Text(1), File.ReadAllText(Log));
            string count = torn.Length == 1 ? "1 byte was" : $"{torn.Length} bytes were";
            string warning = $"The last line of '{Log}' was incomplete: its {count} removed.";
            Assert.Equal(kept.Length == 0 ? [warning] : [], _warnings);
            _warnings.Clear();
        }
    }

    [Fact]
    public void LongTornLineIsMendedAndALongerOneIsNoMessage()
    {
        foreach (int length in new[] { 300_000, 3_000_000 })
        {
            string torn = "{\"a\":\"" + new string('x', length);
            File.WriteAllText(Log, "{}\n" + torn);
            using (FileSink sink = Open())
            {
                Write(sink, 1, 1);
            }

            string kept = length > 1_000_000 ? torn + "\n" : "";
            Assert.Equal("{}\n" + kept + Text(1), File.ReadAllText(Log));
        }
    }

    [Fact]
    public void FileIsRotatedBySizeAndNothingIsLost()
    {
        const int Size = 8192;
        using (FileSink sink = Open(maxFileSize: Size))
        {
            for (int i = 1; i <= 1000; i++)
            {
                Write(sink, i, i);
                Assert.True(new FileInfo(Log).Length <= Size);
            }

            WaitFor(() => Rotated().All(p => p.EndsWith(".gz", StringComparison.Ordinal)));
        }

        Assert.True(Rotated().Length > 5);
        Assert.All(Rotated(), p => Assert.Matches(RotatedName(), Path.GetFileName(p)));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), SequencesOf(AllText()));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void MessageLargerThanTheLimitHasAFileOfItsOwn()
    {
        using FileSink sink = Open(maxFileSize: 4096, compress: false);
        LogEntry large = Entry(1, connections: 100);
        Assert.True(large.Line.Length > 4096);
        sink.Write([large], default);
        sink.Write([large], default);
        Write(sink, 2, 2);
        WaitFor(() => Rotated().Length == 2);
        Assert.Equal([1, 1, 2], SequencesOf(AllText()));
    }

    [Fact]
    public void FileIsRotatedByAgeWhateverTheWallClockDoes()
    {
        using FileSink sink = Open(maxFileAge: TimeSpan.FromHours(1), compress: false);
        Write(sink, 1, 1);
        _clock.SetUtcNow(_clock.GetUtcNow().AddDays(3));
        Write(sink, 2, 2);
        Assert.Empty(Rotated());
        _clock.Advance(TimeSpan.FromHours(1));
        Write(sink, 3, 3);
        Assert.Single(Rotated());

        // A clock that was set back makes no older names.
        _clock.SetUtcNow(_clock.GetUtcNow().AddDays(-10));
        _clock.Advance(TimeSpan.FromHours(1));
        Write(sink, 4, 4);
        string[] names = Rotated();
        Assert.Equal(["a.jsonl-20260105T040405.000Z", "a.jsonl-20260105T040405.001Z"], names.Select(Path.GetFileName));
        Assert.Equal([1, 2, 3, 4], SequencesOf(AllText()));
    }

    /// <summary>The file system knows when the file was made, so a restart does not begin its age anew.</summary>
    [Fact]
    public void AgeGoesOnOverARestart()
    {
        using (FileSink sink = Open(maxFileAge: TimeSpan.FromHours(1)))
        {
            Write(sink, 1, 1);
        }

        _clock.SetUtcNow(DateTimeOffset.UtcNow.AddHours(2));
        using (FileSink sink = Open(maxFileAge: TimeSpan.FromHours(1), compress: false))
        {
            Write(sink, 2, 2);
        }

        Assert.Single(Rotated());
    }

    [Fact]
    public void OldestFilesAreRemoved()
    {
        var byCount = new FileSinkOptions { Path = Log, MaxFileSize = 4096, MaxFiles = 3 };
        WriteFiles(byCount, () => Rotated().Length == 3);
        List<long> kept = SequencesOf(AllText());
        Assert.Equal(kept.Max(), kept[^1]);
        Assert.Equal(kept, Enumerable.Range((int)kept[0], kept.Count).Select(i => (long)i));
        string[] others = [InFolder("a.jsonl-notes"), InFolder("a.jsonl-20260105T040405.000Z.bak")];
        Array.ForEach(others, path => File.WriteAllText(path, "kept"));
        FileSinkOptions bySize = byCount with { MaxFiles = null, MaxTotalSize = 8192, Compress = false };
        WriteFiles(bySize, () => Rotated().Sum(LengthOf) <= 8192);
        Assert.All(others, path => Assert.True(File.Exists(path)));
    }

    [Fact]
    public void WhatACrashLeftBehindIsPutRight()
    {
        string plain = Log + "-20260101T000000.000Z";
        string done = Log + "-20260101T000001.000Z";
        string half = Log + "-20260101T000002.000Z";
        File.WriteAllText(plain, Text(1));
        File.WriteAllText(done, Text(2));
        WriteGzip(done + ".gz", Text(2));
        File.WriteAllText(half, Text(3));
        File.WriteAllText(half + ".gz.tmp", "half");
        File.WriteAllText(Log, Text(4));
        using (Open(maxFileSize: 4096))
        {
            WaitFor(() => Directory.GetFiles(_folder.FullName).Length == 4 && !File.Exists(half));
        }

        string[] expected = [plain + ".gz", done + ".gz", half + ".gz"];
        Assert.Equal(expected, Rotated());
        Assert.Equal([1, 2, 3, 4], SequencesOf(AllText()));
    }

    [Fact]
    public void RenamedFileIsLeftWhenItIsReopened()
    {
        using FileSink sink = Open();
        Write(sink, 1, 1);
        File.Move(Log, InFolder("b"));
        Write(sink, 2, 2);
        sink.Reopen();
        sink.Reopen();
        Write(sink, 3, 3);
        Assert.Equal([1, 2], SequencesOf(File.ReadAllText(InFolder("b"))));
        Assert.Equal([3], SequencesOf(File.ReadAllText(Log)));

        // Where another logger has the new file, writing is retried, not done elsewhere.
        File.Move(Log, InFolder("c"));
        using (Open())
        {
            LogSinkException error = Assert.Throws<LogSinkException>(sink.Reopen);
            Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
            Assert.Contains("is in use by another logger", error.Message, StringComparison.Ordinal);
            Assert.Throws<LogSinkException>(() => Write(sink, 4, 4));
        }

        Write(sink, 4, 4);
        Assert.Equal([4], SequencesOf(File.ReadAllText(Log)));
    }

    [Fact]
    public void DeletedFileIsMadeAgainAndNothingIsLost()
    {
        string warning = $"'{Log}' was deleted while it was written. Messages go to a new file of this name from here "
            + "on.";
        using FileSink sink = Open(maxFileSize: 1 << 20);
        Write(sink, 1, 2);
        File.Delete(Log);
        Write(sink, 3, 4);
        Assert.Equal([3, 4], SequencesOf(File.ReadAllText(Log)));
        Assert.Equal([warning], _warnings);

        // What went into the deleted file is written once more, wherever in a batch that happened.
        foreach (int at in new[] { 0, 1, 2 })
        {
            sink.Write(new HookedBatch([Entry(5), Entry(6), Entry(7)], at, () => File.Delete(Log)), default);
            Assert.Equal([5, 6, 7], SequencesOf(File.ReadAllText(Log)));
        }

        // A file that was renamed is not deleted, but is left at the next SIGHUP.
        File.Move(Log, InFolder("b"));
        Write(sink, 8, 8);
        Assert.Equal([5, 6, 7, 8], SequencesOf(File.ReadAllText(InFolder("b"))));
        Assert.Equal(4, _warnings.Count);
    }

    [Fact]
    public void FileWhoseDirectoryWasRemovedIsRetried()
    {
        _folder.CreateSubdirectory("logs");
        string path = InFolder("logs/a");
        using FileSink sink = Open(path);
        Write(sink, 1, 1);
        Directory.Delete(InFolder("logs"), recursive: true);
        LogSinkException error = Assert.Throws<LogSinkException>(() => Write(sink, 2, 3));
        Assert.Equal((LogSinkErrorKind.Transient, 0), (error.Failure, error.Taken));
        _folder.CreateSubdirectory("logs");
        Write(sink, 2, 3);
        Assert.Equal([2, 3], SequencesOf(File.ReadAllText(path)));
    }

    [Fact]
    public void LinkStaysAndItsTargetIsRotated()
    {
        _folder.CreateSubdirectory("target");
        File.CreateSymbolicLink(Log, "target/b");
        File.WriteAllText(InFolder("target/b"), "");
        File.SetUnixFileMode(InFolder("target/b"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (FileSink sink = Open(maxFileSize: 4096))
        {
            Write(sink, 1, 50);
            WaitFor(() => Directory.GetFiles(InFolder("target"), "*.gz").Length > 0);
        }

        Assert.NotNull(File.ResolveLinkTarget(Log, false));
        Assert.All(
            Directory.GetFiles(InFolder("target")),
            p => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(p)));
    }

    [Fact]
    public void FileThatCannotBeRenamedGrows()
    {
        string path = InFolder(new string('x', 240));
        using FileSink sink = FileSink.Open(
            new FileSinkOptions { Path = path, MaxFileSize = 4096 }, _clock, _warnings.Add);
        Write(sink, 1, 100);
        Assert.Equal(100, File.ReadAllLines(path).Length);
        Assert.Equal(
            $"'{path}' could not be rotated: File name too long. It grows until that works.", Assert.Single(_warnings));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Write(sink, 101, 110);
        Assert.Equal(2, _warnings.Count);
    }

    [Theory]
    [InlineData("", null, null, null, null, "Path", "The path of the file is empty")]
    [InlineData("x", 1L, null, null, null, "MaxFileSize", "A maximum file size of 1 is too small; give 4096 bytes")]
    [InlineData("x", null, 0.5, null, null, "MaxFileAge", "too short; give 1 second or more")]
    [InlineData("x", 4096L, null, 0, null, "MaxFiles", "A maximum of 0 files is too small; give 1 or more")]
    [InlineData("x", 4096L, null, null, 5L, "MaxTotalSize", "A maximum total size of 5 is too small")]
    [InlineData("x", null, null, 1, null, "MaxFiles", "has no effect on a file that is not rotated")]
    [InlineData("x", null, null, null, 4096L, "MaxTotalSize", "has no effect on a file that is not rotated")]
    public void OptionsAreChecked(
        string path, long? size, double? age, int? files, long? total, string option, string message)
    {
        LogSinkException error = Refused(new FileSinkOptions
        {
            Path = path,
            MaxFileSize = size,
            MaxFileAge = age is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            MaxFiles = files,
            MaxTotalSize = total,
        });
        Assert.Equal(option, error.Option);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("x"));
    }

    [Fact]
    public void WritingAllocatesNothing()
    {
        using FileSink sink = Open(maxFileSize: long.MaxValue);
        LogEntry[] batch = [Entry(1), Entry(2)];
        Assert.Equal(0, Allocation.Least(() => sink.Write(batch, default)));
    }

    [Fact]
    public void TenThousandWindowsKeepMemoryFlat()
    {
        using var queue = new SinkQueue(
            Open(maxFileSize: 256 * 1024, maxFiles: 2, maxFileAge: TimeSpan.FromHours(1)), _clock);
        long early = 0;
        for (int i = 1; i <= 10_000; i++)
        {
            Assert.True(queue.TryAdd(Entry(i)));
            _clock.Advance(TimeSpan.FromSeconds(5));
            if (i % 1000 == 0)
            {
                WaitFor(() => queue.Status.QueuedMessages == 0);
                early = early == 0 ? GC.GetTotalMemory(forceFullCollection: true) : early;
            }
        }

        long growth = GC.GetTotalMemory(forceFullCollection: true) - early;
        Assert.True(growth < 1024 * 1024, $"{growth} bytes");
        Assert.Equal(0, queue.Complete(TimeSpan.FromHours(1)));
        Assert.Equal(10_000, queue.Status.SentMessages);
    }

    private static string Text(long sequence) => Encoding.UTF8.GetString(Entry(sequence).Line.Span);

    private static List<long> SequencesOf(string text)
    {
        Assert.True(text.Length == 0 || text[^1] == '\n');
        return [.. Sequence().Matches(text).Select(m => long.Parse(m.Groups[1].ValueSpan, null))];
    }

    private static void Write(FileSink sink, int first, int last) =>
        sink.Write([.. Enumerable.Range(first, last - first + 1).Select(i => Entry(i))], default);

    private static void WriteGzip(string path, string text)
    {
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(Encoding.UTF8.GetBytes(text));
    }

    private void WriteFiles(FileSinkOptions options, Func<bool> isDone)
    {
        using FileSink sink = FileSink.Open(options, _clock, _warnings.Add);
        for (int i = 1; i <= 250; i++)
        {
            Write(sink, i, i);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        WaitFor(isDone);
    }

    /// <summary>0 for a file that was removed meanwhile.</summary>
    private static long LengthOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private string[] Rotated() =>
        [.. Directory.GetFiles(_folder.FullName).Where(p => RotatedName().IsMatch(Path.GetFileName(p))).Order()];

    private string AllText()
    {
        var all = new StringBuilder();
        foreach (string path in Rotated())
        {
            using Stream file = File.OpenRead(path);
            bool isCompressed = path.EndsWith(".gz", StringComparison.Ordinal);
            using var reader = new StreamReader(
                isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file);
            all.Append(reader.ReadToEnd());
        }

        return all.Append(File.ReadAllText(Log)).ToString();
    }

    private FileSink Open(
        string? path = null,
        long? maxFileSize = null,
        TimeSpan? maxFileAge = null,
        int? maxFiles = null,
        bool compress = true) => FileSink.Open(
            new FileSinkOptions
            {
                Path = path ?? Log,
                MaxFileSize = maxFileSize,
                MaxFileAge = maxFileAge,
                MaxFiles = maxFiles,
                Compress = compress,
            },
            _clock,
            _warnings.Add);

    private LogSinkException Refused(FileSinkOptions options) =>
        Assert.Throws<LogSinkException>(() => FileSink.Open(options, _clock));

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>A batch in which something happens once before an entry is taken.</summary>
    private sealed class HookedBatch(LogEntry[] entries, int at, Action then) : IReadOnlyList<LogEntry>
    {
        private Action? _then = then;

        public int Count => entries.Length;

        public LogEntry this[int index]
        {
            get
            {
                if (index == at)
                {
                    _then?.Invoke();
                    _then = null;
                }

                return entries[index];
            }
        }

        public IEnumerator<LogEntry> GetEnumerator() => entries.AsEnumerable().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [GeneratedRegex("\"sequence\":([0-9]+),")]
    private static partial Regex Sequence();

    [GeneratedRegex("^a\\.jsonl-[0-9]{8}T[0-9]{6}\\.[0-9]{3}Z(\\.gz)?$")]
    private static partial Regex RotatedName();
}
