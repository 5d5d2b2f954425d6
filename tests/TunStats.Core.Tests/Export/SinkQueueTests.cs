using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Export;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using Xunit;
using static TunStats.Tests.Export.FakeLogSink;

namespace TunStats.Tests.Export;

/// <summary>The queue before a sink: it never waits, loses nothing without counting it, and retries.</summary>
public sealed class SinkQueueTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _warnings = [];

    [Fact]
    public void EntriesArriveInOrderAndInBatches()
    {
        using var held = new ManualResetEventSlim();
        var sink = new FakeLogSink { OnWrite = (batch, _) => Hold(held, batch) };
        using SinkQueue queue = Start(sink, new SinkQueueOptions { MaxBatchMessages = 10, MaxBatchBytes = 1000 });
        int line = Entry(1).Line.Length;
        Assert.True(line is > 100 and < 300);
        for (int i = 1; i <= 100; i++)
        {
            Assert.True(queue.TryAdd(Entry(i)));
        }

        held.Set();
        Assert.Equal(0, Complete(queue));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), sink.Sequences);
        Assert.All(sink.Batches, count => Assert.InRange(count, 1, 1000 / line));
        Assert.True(sink.IsDisposed);
        Assert.All(sink.Taken, entry => Assert.Null(entry.Message));
        SinkStatus status = queue.Status;
        Assert.Equal((100L, 0L, 0L), (status.SentMessages, status.QueuedMessages, status.QueuedBytes));
        Assert.Equal(sink.Taken.Sum(e => (long)e.Line.Length), status.SentBytes);
        Assert.Equal(_clock.GetUtcNow().UtcDateTime, status.LastSuccessTime);
        Assert.False(queue.TryAdd(Entry(101)));
    }

    [Fact]
    public void StalledSinkCostsItsAdderNothingButAGap()
    {
        using var held = new ManualResetEventSlim();
        var sink = new FakeLogSink { OnWrite = (batch, _) => Hold(held, batch) };
        using SinkQueue queue = Start(sink, new SinkQueueOptions { MaxMessages = 3 });
        Assert.Equal([true, true, true, false, false], Enumerable.Range(1, 5).Select(i => queue.TryAdd(Entry(i))));
        Assert.Equal((3L, 2L), (queue.Status.QueuedMessages, queue.Status.Drops.QueueFull));
        held.Set();

        // The gap goes out when there is room, not with the next message.
        WaitFor(() => sink.Taken.Count == 4);
        Assert.True(queue.TryAdd(Entry(6)));
        Assert.Equal(0, Complete(queue));
        Assert.Equal([1, 2, 3, 5, 6], sink.Sequences);
        Assert.Equal(
            "{\"logger\":\"run1\",\"sequence\":5,\"time\":\"2026-01-02T03:04:05Z\",\"gap\":{\"first\":4,\"last\":5,"
            + "\"messages\":2,\"reason\":\"The queue was full.\"},\"logs\":[]}\n",
            sink.Lines.ElementAt(3));
        Assert.Equal((4L, 2L), (queue.Status.SentMessages, queue.Status.Drops.Total));
    }

    [Fact]
    public void BytesAreLimited()
    {
        using var held = new ManualResetEventSlim();
        var sink = new FakeLogSink { OnWrite = (batch, _) => Hold(held, batch) };
        int line = Entry(1).Line.Length;
        using SinkQueue queue = Start(sink, new SinkQueueOptions { MaxBytes = (2 * line) + 1 });
        Assert.Equal([true, true, false], Enumerable.Range(1, 3).Select(i => queue.TryAdd(Entry(i))));
        held.Set();
        Assert.Equal(0, Complete(queue));
    }

    [Fact]
    public void SinkThatFailsForAWhileLosesAndDoublesNothing()
    {
        var times = new List<DateTimeOffset>();
        var sink = new FakeLogSink
        {
            OnWrite = (batch, _) =>
            {
                times.Add(_clock.GetUtcNow());
                return times.Count switch
                {
                    1 => throw new LogSinkException("No room.", LogSinkErrorKind.Transient) { Taken = 1 },
                    <= 4 => throw new LogSinkException("No room.", LogSinkErrorKind.Transient),
                    5 => throw new IOException("Arg_Key", 28),
                    6 => throw new InvalidOperationException("Arg_Key"),
                    _ => batch.Count,
                };
            },
        };
        using SinkQueue queue = Start(sink);
        for (int i = 1; i <= 5; i++)
        {
            queue.TryAdd(Entry(i));
        }

        WaitFor(() => sink.Taken.Count == 5, _clock);
        Assert.Equal([1, 2, 3, 4, 5], sink.Sequences);
        double[] delays = [.. times.Zip(times.Skip(1), (a, b) => (b - a).TotalSeconds)];
        double[] longest = [1, 2, 4, 8, 16, 30];
        for (int i = 0; i < longest.Length; i++)
        {
            Assert.True(delays[i] >= longest[i] / 2, $"{i}: {delays[i]}");
        }

        SinkStatus status = queue.Status;
        Assert.Equal((5L, 6L, false), (status.SentMessages, status.Retries, status.IsFailing));
        Assert.Equal("It failed for an unknown reason.", status.LastError);
        Assert.Equal(
            [
                "fake: No room. It is retried as long as the logger runs.",
                "fake: writing works again.",
            ],
            _warnings.Take(1).Append(_warnings[^1]));
        Assert.Contains(_warnings, w => w.Contains("No space left on device", StringComparison.Ordinal));
        Assert.DoesNotContain(_warnings, w => w.Contains("Arg_Key", StringComparison.Ordinal));
    }

    [Fact]
    public void DestinationSaysHowLongToWait()
    {
        int attempts = 0;
        var sink = new FakeLogSink
        {
            OnWrite = (batch, _) => attempts++ == 0
                ? throw Busy(TimeSpan.FromMinutes(2))
                : batch.Count,
        };
        using SinkQueue queue = Start(sink);
        DateTimeOffset start = _clock.GetUtcNow();
        queue.TryAdd(Entry(1));
        WaitFor(() => sink.Taken.Count == 1, _clock);
        Assert.True(_clock.GetUtcNow() - start >= TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void RefusedMessagesAreCountedAndHoldNothingUp()
    {
        var sink = new FakeLogSink
        {
            OnWrite = (batch, _) => batch[0].Sequence switch
            {
                1 when batch.Count > 1 => throw new LogSinkException("Bad.", LogSinkErrorKind.Refused)
                {
                    Taken = 1,
                    Refused = 2,
                },
                4 => throw new LogSinkException("Long.", LogSinkErrorKind.TooLarge) { Refused = 1 },
                _ => batch.Count,
            },
        };
        var entries = new EntryQueue(new SinkQueueOptions(), _clock);
        foreach (int i in new[] { 1, 2, 3, 4, 5 })
        {
            entries.TryAdd(Entry(i));
        }

        var record = new SinkRecord("fake", _clock, _warnings.Add);
        using var worker = new SinkWorker(sink, entries, new SinkQueueOptions(), _clock, record);
        worker.Complete();
        Assert.True(worker.WaitForEnd(TimeSpan.FromHours(1)));
        Assert.Equal([1, 5], sink.Sequences);
        Assert.Equal(new SinkDrops(Refused: 2, TooLarge: 1), record.Status.Drops);
        Assert.Equal(2, record.Status.SentMessages);
        Assert.Equal(["fake: Bad. These messages are dropped.", "fake: Long. These messages are dropped."], _warnings);
    }

    [Fact]
    public async Task SinkThatNeverComesBackEndsAtTheLimit()
    {
        using var held = new ManualResetEventSlim();
        foreach (bool obeys in new[] { true, false })
        {
            using var isIn = new ManualResetEventSlim();
            var sink = new FakeLogSink
            {
                OnWrite = (batch, stop) =>
                {
                    isIn.Set();
                    held.Wait(obeys ? stop : default);
                    return batch.Count;
                },
            };
            SinkQueue queue = Start(sink);
            queue.TryAdd(Entry(1));
            isIn.Wait();
            queue.TryAdd(Entry(2));
            Task<long> left = Task.Run(() => queue.Complete(TimeSpan.FromSeconds(5)));
            WaitFor(() => left.IsCompleted, _clock);
            Assert.Equal(2, await left);
            Assert.Equal(obeys, sink.IsDisposed);
            queue.Dispose();

            // One that comes back later delivers nothing that was counted already.
            held.Set();
            WaitFor(() => sink.IsDisposed);
            SinkStatus status = queue.Status;
            Assert.Equal((2L, 0L, 0L), (status.Drops.Stopped, status.QueuedMessages, status.QueuedBytes));
            Assert.Equal((0L, 2L), (status.SentMessages, status.Drops.Total));
            held.Reset();
        }
    }

    [Fact]
    public void CompletingTriesAtOnceWhatWaitsForARetry()
    {
        int attempts = 0;
        var sink = new FakeLogSink
        {
            OnWrite = (batch, _) => Interlocked.Increment(ref attempts) == 1
                ? throw Busy(TimeSpan.FromHours(1))
                : batch.Count,
        };
        using SinkQueue queue = Start(sink);
        queue.TryAdd(Entry(1));
        WaitFor(() => queue.Status.Retries == 1);
        Assert.Equal(0, queue.Complete(TimeSpan.FromSeconds(1)));
        Assert.Equal([1], sink.Sequences);
    }

    [Fact]
    public void FlushFollowsTheLastEntryAndIsRetried()
    {
        int flushes = 0;
        int reopened = 0;
        var sink = new FakeLogSink
        {
            OnFlush = () =>
            {
                if (++flushes == 1)
                {
                    throw new LogSinkException("Busy.", LogSinkErrorKind.Transient);
                }
            },
            OnReopen = () => reopened++,
        };
        using SinkQueue queue = Start(sink);
        queue.TryAdd(Entry(1));
        WaitFor(() => flushes == 2, _clock);
        queue.Reopen();
        WaitFor(() => reopened == 1, _clock);
        Assert.Equal(0, Complete(queue));
        Assert.Equal((2, 1), (flushes, reopened));
    }

    /// <summary>What the sinks get is what the reader of messages takes; it passes over gaps.</summary>
    [Fact]
    public void LinesAreReadAsMessages()
    {
        LogEntry gap = LogEntryWriter.WriteGap("a\"b", new LogGap(2, 3, 2, "full"), Entry(3).Time);
        byte[] text = [.. Entry(1).Line.Span, .. gap.Line.Span, .. Entry(4, connections: 100).Line.Span];
        Assert.StartsWith(
            "{\"logger\":\"run1\",\"sequence\":1,\"logs\":[{\"start\":\"1970-01-01T00:00:05Z\",",
            Encoding.UTF8.GetString(text),
            StringComparison.Ordinal);
        using var reader = new NetLogReader(new MemoryStream(text), "x");
        var counts = new List<int>();
        while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
        {
            Assert.Null(error);
            counts.Add(message!.EntryCount);
        }

        Assert.Equal([1, 100], counts);
    }

    private static LogSinkException Busy(TimeSpan retryAfter) =>
        new("Busy.", LogSinkErrorKind.Transient) { RetryAfter = retryAfter };

    private static int Hold(ManualResetEventSlim held, IReadOnlyList<LogEntry> batch)
    {
        held.Wait();
        return batch.Count;
    }

    private SinkQueue Start(FakeLogSink sink, SinkQueueOptions? options = null) =>
        new(sink, _clock, options, warning =>
        {
            lock (_warnings)
            {
                _warnings.Add(warning);
            }
        });

    private static long Complete(SinkQueue queue) => queue.Complete(TimeSpan.FromHours(1));
}
