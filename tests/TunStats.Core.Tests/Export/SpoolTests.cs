using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using TunStats.Export;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Tests.Export.FakeLogSink;

namespace TunStats.Tests.Export;

/// <summary>Messages that wait on disk, over restarts and crashes.</summary>
public sealed class SpoolTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tunstats-spool-");
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void EntriesSurviveARestart()
    {
        LogEntry gap = LogEntryWriter.WriteGap("run1", new LogGap(4, 4, 1, "full"), Entry(4).Time);
        using (LogSpool spool = Open())
        {
            spool.Append([Entry(1), Entry(2), Entry(3), gap]);
            Assert.Equal([1, 2, 3, 4], Sequences(spool));
            spool.Remove(1);
            Assert.Equal([2, 3, 4], Sequences(spool));
        }

        using (LogSpool spool = Open())
        {
            Assert.Equal(2, spool.Counts.Messages);
            spool.Append([Entry(5)]);
            List<LogEntry> all = TakeAll(spool);
            Assert.Equal([2, 3, 4, 5], all.Select(e => e.Sequence));
            Assert.Equal(
                [Entry(2), Entry(3), gap, Entry(5)],
                all,
                (a, b) => (a.Logger, a.Time, a.IsGap, Text(a)) == (b.Logger, b.Time, b.IsGap, Text(b)));
            Assert.Equal((0L, 0L), spool.Counts);
        }

        using LogSpool empty = Open();
        Assert.Empty(Sequences(empty));
        empty.Append([Entry(6)]);
        Assert.Equal([6], Sequences(empty));
    }

    /// <summary>A crash in the middle of a write, at each byte of the last record.</summary>
    [Fact]
    public void PartOfARecordIsNotRead()
    {
        using (LogSpool spool = Open())
        {
            spool.Append([Entry(1), Entry(2)]);
        }

        string path = Assert.Single(Directory.GetFiles(_folder.FullName, "*.spool"));
        byte[] whole = File.ReadAllBytes(path);
        for (int length = whole.Length / 2; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            using LogSpool spool = Open();
            Assert.Equal([1], Sequences(spool));
        }

        File.WriteAllBytes(path, whole[..^1]);
        using LogSpool again = Open();
        again.Append([Entry(3)]);
        Assert.Equal([1, 3], TakeAll(again).Select(e => e.Sequence));
    }

    [Fact]
    public void WhatIsDamagedIsPassedOver()
    {
        using (LogSpool spool = Open())
        {
            for (int i = 1; i <= 2000; i++)
            {
                spool.Append([Entry(i)]);
            }
        }

        string first = Directory.GetFiles(_folder.FullName, "*.spool").Order().First();
        byte[] bytes = File.ReadAllBytes(first);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(first, bytes);
        File.WriteAllText(Path.Combine(_folder.FullName, "position"), "damaged, too, and long enough");
        using LogSpool damaged = Open();
        List<long> left = [.. TakeAll(damaged).Select(e => e.Sequence)];
        Assert.Equal(left.Distinct().Order(), left);
        Assert.Equal((1L, 2000L), (left[0], left[^1]));
        Assert.InRange(left.Count, 1500, 1999);
    }

    [Fact]
    public void SizeIsBounded()
    {
        using LogSpool spool = Open();
        long sequence = 0;
        for (int round = 0; round < 5; round++)
        {
            LogSinkException error = Assert.Throws<LogSinkException>(Fill);
            Assert.Equal(LogSinkErrorKind.Transient, error.Failure);
            Assert.Equal("The spool takes no more: it holds 1048576 bytes.", error.Message);
            Assert.True(_folder.EnumerateFiles().Sum(f => f.Length) <= SpoolOptions.MinBytes + 100);
            sequence--;
            Assert.True(TakeAll(spool).Count > 100);
        }

        Assert.True(_folder.EnumerateFiles("*.spool").Count() <= 1);

        void Fill()
        {
            while (sequence < long.MaxValue)
            {
                spool.Append([Entry(++sequence, connections: 50)]);
            }
        }
    }

    [Fact]
    public void SpoolHasOneLogger()
    {
        using LogSpool spool = Open();
        LogSinkException error = Assert.Throws<LogSinkException>(Open);
        Assert.Contains("is in use by another logger", error.Message, StringComparison.Ordinal);
        Assert.Equal(("Directory", LogSinkErrorKind.Transient), (error.Option, error.Failure));
    }

    [Fact]
    public void OptionsAreChecked()
    {
        foreach ((SpoolOptions options, string option) in new[]
        {
            (new SpoolOptions { Directory = "" }, "Directory"),
            (new SpoolOptions { Directory = "/dev/null/x" }, "Directory"),
            (new SpoolOptions { Directory = _folder.FullName, MaxBytes = 5 }, "MaxBytes"),
        })
        {
            LogSinkException error = Assert.Throws<LogSinkException>(() => LogSpool.Open(options));
            Assert.Equal((option, LogSinkErrorKind.Invalid), (error.Option, error.Failure));
        }
    }

    /// <summary>A destination that is away over a restart gets everything afterwards, in order.</summary>
    [Fact]
    public void SinkThatIsAwayGetsEverythingLater()
    {
        var away = new FakeLogSink { OnWrite = (_, _) => throw new LogSinkException("x", LogSinkErrorKind.Transient) };
        using (SinkQueue queue = Start(away))
        {
            for (int i = 1; i <= 100; i++)
            {
                Assert.True(queue.TryAdd(Entry(i)));
            }

            WaitFor(() => queue.Status is { SpooledMessages: 100, IsFailing: true });
            Assert.Equal((0L, 0L, "fake"), (queue.Status.SentMessages, queue.Status.QueuedMessages, queue.Status.Name));
            Assert.Equal(0, queue.Complete(TimeSpan.Zero));
            WaitFor(() => away.IsDisposed);
            Assert.Equal(0, queue.Status.Drops.Total);
        }

        var back = new FakeLogSink();
        using (SinkQueue queue = StartWhenFree(back))
        {
            queue.TryAdd(Entry(101));
            WaitFor(() => back.Taken.Count == 101, _clock);
            Assert.Equal(0, queue.Complete(TimeSpan.FromHours(1)));
            Assert.Equal((101L, 0L), (queue.Status.SentMessages, queue.Status.SpooledMessages));
        }

        Assert.Equal(Enumerable.Range(1, 101).Select(i => (long)i), back.Sequences);
    }

    /// <summary>What is queued at the end is still sent, through the spool.</summary>
    [Fact]
    public void CompletingSendsWhatIsSpooled()
    {
        var sink = new FakeLogSink();
        using SinkQueue queue = Start(sink);
        for (int i = 1; i <= 50; i++)
        {
            queue.TryAdd(Entry(i));
        }

        Assert.Equal(0, queue.Complete(TimeSpan.FromHours(1)));
        Assert.Equal(50, sink.Taken.Count);
        Assert.True(sink.IsDisposed);
    }

    private static List<LogEntry> TakeAll(LogSpool spool)
    {
        List<LogEntry> all = [];
        List<LogEntry> batch = [];
        while (spool.Peek(batch, 10, 10_000))
        {
            all.AddRange(batch);
            spool.Remove(batch.Count);
            batch.Clear();
        }

        return all;
    }

    private static List<long> Sequences(LogSpool spool)
    {
        List<LogEntry> batch = [];
        spool.Peek(batch, int.MaxValue, int.MaxValue);
        return [.. batch.Select(e => e.Sequence)];
    }

    private static string Text(LogEntry entry) => Encoding.UTF8.GetString(entry.Line.Span);

    private LogSpool Open() => LogSpool.Open(
        new SpoolOptions { Directory = _folder.FullName, MaxBytes = SpoolOptions.MinBytes });

    private SinkQueue Start(FakeLogSink sink) => new(new SpooledSink(sink, Open(), _clock), _clock);

    /// <summary>The thread of the queue before lets go of the spool a moment after it has ended.</summary>
    private SinkQueue StartWhenFree(FakeLogSink sink)
    {
        LogSpool? spool = null;
        WaitFor(() =>
        {
            try
            {
                spool = Open();
            }
            catch (LogSinkException)
            {
                // Not yet.
            }

            return spool is not null;
        });
        return new SinkQueue(new SpooledSink(sink, spool!, _clock), _clock);
    }
}
