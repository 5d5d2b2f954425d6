using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using TunStats.Export;
using TunStats.Tests.Fakes;
using TunStats.Tests.Live;
using Xunit;
using static TunStats.Tests.Export.FakeLogSink;

namespace TunStats.Tests.Export;

/// <summary>A spool on a full disk, with damaged, deleted and foreign files: nothing is lost without a word.</summary>
public sealed class SpoolFaultTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-spool-");
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A segment that filled the disk makes room as soon as it is delivered.</summary>
    [LiveFact]
    public void DeliveredSegmentMakesRoomOnAFullDisk()
    {
        using var disk = new SmallDisk(_folder.FullName, kilobytes: 32);
        using LogSpool spool = Open(disk.Path);
        long sequence = 0;
        List<long> taken = [];
        for (int round = 1; round <= 3; round++)
        {
            while (spool.Passing.Messages == 0)
            {
                spool.Append([Entry(++sequence, connections: 5)]);
            }

            Assert.True(spool.Counts.Messages > 10);
            taken.AddRange(TakeAll(spool));
            spool.Append([Entry(++sequence)]);
            Assert.Equal((1L, 0L), (spool.Counts.Messages, spool.Passing.Messages));
            taken.AddRange(TakeAll(spool));
        }

        Assert.Equal(Enumerable.Range(1, (int)sequence).Select(i => (long)i), taken);
        Assert.Equal(6, _warnings.Count);
        Assert.Contains("takes no more: No space left on device. Messages are sent past it", _warnings[4]);
        Assert.EndsWith("takes messages again.", _warnings[5]);
    }

    /// <summary>Another program fills the disk: a destination that works still gets everything.</summary>
    [LiveFact]
    public void MessagesGoPastASpoolWithoutRoom()
    {
        using var disk = new SmallDisk(_folder.FullName, kilobytes: 32);
        using LogSpool spool = Open(disk.Path);
        string filler = disk.Fill();
        spool.Append([Entry(1), Entry(2)]);
        Assert.Equal([1, 2], TakeAll(spool));
        spool.Append([Entry(3), Entry(4)]);
        File.Delete(filler);
        spool.Append([Entry(5)]);
        Assert.Equal((3L, 0L), (spool.Counts.Messages, spool.Passing.Messages));
        Assert.Equal([3, 4, 5], TakeAll(spool));
    }

    /// <summary>What a full disk does not take is bounded in memory, and not delivered at the end.</summary>
    [LiveFact]
    public void MemoryThatHelpsOutIsBoundedAndCounted()
    {
        using var disk = new SmallDisk(_folder.FullName, kilobytes: 32);
        using LogSpool spool = Open(disk.Path);
        disk.Fill();
        LogSinkException error = Assert.Throws<LogSinkException>(
            () => spool.Append([.. Enumerable.Range(1, 1001).Select(i => Entry(i))]));
        Assert.Equal((LogSinkErrorKind.Transient, 1000), (error.Failure, error.Taken));
        spool.Secure();
        Assert.Equal(1000, spool.Lost.Stopped);
    }

    /// <summary>Where the disk takes no position, delivery goes on, and the place is noted later.</summary>
    [LiveFact]
    public void DeliveryGoesOnWithoutAPosition()
    {
        using var disk = new SmallDisk(_folder.FullName, kilobytes: 32);
        string filler = disk.Fill();
        using (LogSpool spool = Open(disk.Path))
        {
            File.Delete(filler);
            spool.Append([Entry(1), Entry(2), Entry(3)]);
            filler = disk.Fill();
            Assert.Equal([1], Take(spool, 1));
            Assert.Equal([2], Take(spool, 1));
            Assert.Equal(1, spool.Counts.Messages);
            File.Delete(filler);
        }

        Assert.Contains("cannot note what was sent: No space left on device.", Assert.Single(_warnings));
        using LogSpool again = Open(disk.Path);
        Assert.Equal([3], TakeAll(again));
    }

    /// <summary>One damaged record costs that record, and is told and counted.</summary>
    [Fact]
    public void DamagedRecordIsToldAndPassedOver()
    {
        using (LogSpool spool = Open())
        {
            spool.Append([.. Enumerable.Range(1, 25).Select(i => Entry(i))]);
        }

        string path = Assert.Single(Directory.GetFiles(_folder.FullName, "*.spool"));
        byte[] bytes = File.ReadAllBytes(path);
        int length = bytes.Length / 25;
        "ZZZZZZZZ"u8.CopyTo(bytes.AsSpan(bytes.Length / 2));
        File.WriteAllBytes(path, bytes);
        var sink = new FakeLogSink();
        using (var queue = new SinkQueue(new SpooledSink(sink, Open(), _clock), _clock))
        {
            WaitFor(() => sink.Taken.Count == 24);
            Assert.Equal(new SinkDrops { Damaged = 1 }, queue.Status.Drops);
        }

        Assert.Equal(24, sink.Sequences.Distinct().Count());
        string warning = Assert.Single(_warnings);
        Assert.Contains($"of '{path}' cannot be read or are damaged: 1 message or more", warning);
        Assert.InRange(int.Parse(warning.Split(' ')[0], CultureInfo.InvariantCulture), length - 10, length + 10);
    }

    [Fact]
    public void SegmentWithoutARecordIsTold()
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "00000000000000000001.spool"), new byte[1024 * 1024]);
        using LogSpool spool = Open();
        Assert.Empty(TakeAll(spool));
        Assert.Equal(1, spool.Lost.Damaged);
        Assert.StartsWith("1048576 bytes of '", Assert.Single(_warnings));
    }

    /// <summary>The folder, or a segment, deleted while it is used: made again with all that was in it.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void DeletedSpoolIsMadeAgain(bool isFolder, bool writesAfterwards)
    {
        string path = Path.Combine(_folder.FullName, "spool");
        using (LogSpool spool = Open(path))
        {
            spool.Append([Entry(1), Entry(2), Entry(3)]);
            Take(spool, 1);
            if (isFolder)
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(Assert.Single(Directory.GetFiles(path, "*.spool")));
            }

            if (writesAfterwards)
            {
                spool.Append([Entry(4)]);
            }
        }

        Assert.EndsWith("They were made again, with 2 messages that wait.", Assert.Single(_warnings));
        using LogSpool again = Open(path);
        Assert.Equal(writesAfterwards ? [2, 3, 4] : [2, 3], TakeAll(again));
    }

    /// <summary>A deleted folder whose place is taken: what waited counts as not delivered.</summary>
    [Fact]
    public void SpoolThatCannotBeMadeAgainIsCounted()
    {
        string path = Path.Combine(_folder.FullName, "spool");
        var away = new FakeLogSink { OnWrite = (_, _) => throw new LogSinkException("x", LogSinkErrorKind.Transient) };
        using var queue = new SinkQueue(new SpooledSink(away, Open(path), _clock), _clock);
        queue.TryAdd(Entry(1));
        queue.TryAdd(Entry(2));
        WaitFor(() => queue.Status.SpooledMessages == 2);
        Directory.Delete(path, recursive: true);
        File.WriteAllText(path, "");
        queue.Complete(TimeSpan.Zero);
        WaitFor(() => queue.Status.Drops.Stopped == 2);
        Assert.Contains("was deleted and cannot be made again", Assert.Single(_warnings));
    }

    /// <summary>What is not a segment is left alone, and never waited for.</summary>
    [Fact]
    public void OtherFilesAreNoSegments()
    {
        string pipe = Path.Combine(_folder.FullName, "00000000000000000001.spool");
        MakePipe(pipe);
        string high = Path.Combine(_folder.FullName, $"{long.MaxValue}.spool");
        File.WriteAllText(high, "mine");
        using (LogSpool spool = Open())
        {
            spool.Append([Entry(1)]);
            Assert.Equal([1], TakeAll(spool));
        }

        Assert.Equal($"'{pipe}' is a pipe, not a file of a spool. It is left alone.", Assert.Single(_warnings));
        Assert.True(File.Exists(pipe));
        Assert.Equal("mine", File.ReadAllText(high));
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "00000000000000000002.spool")));
    }

    [Fact]
    public void PipeAsPositionIsRefused()
    {
        string pipe = Path.Combine(_folder.FullName, "position");
        MakePipe(pipe);
        LogSinkException error = Assert.Throws<LogSinkException>(() => Open());
        Assert.Equal(
            $"The spool cannot be used: '{pipe}' is a pipe, not a file of a spool. Remove it, or give another folder.",
            error.Message);
    }

    private static void MakePipe(string path)
    {
        using Process process = Process.Start("mkfifo", path);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static List<long> TakeAll(LogSpool spool)
    {
        List<long> all = [];
        while (Take(spool, 10) is { Count: > 0 } some)
        {
            all.AddRange(some);
        }

        return all;
    }

    private static List<long> Take(LogSpool spool, int count)
    {
        List<LogEntry> batch = [];
        spool.Peek(batch, count, int.MaxValue);
        spool.Remove(batch.Count);
        return [.. batch.Select(e => e.Sequence)];
    }

    private LogSpool Open(string? path = null) => LogSpool.Open(
        new SpoolOptions { Directory = path ?? _folder.FullName, MaxBytes = SpoolOptions.MinBytes }, _warnings.Add);
}
