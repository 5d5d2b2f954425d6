using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using TunStats.Export;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Export;

/// <summary>A destination that does what a test says, and remembers what it took.</summary>
internal sealed class FakeLogSink : ILogSink
{
    private const int Patience = 60_000;

    private readonly object _gate = new();
    private readonly List<LogEntry> _taken = [];

    public string Name => "fake";

    public bool UsesMessages { get; init; }

    /// <summary>Called before a batch is taken; returns how many entries are taken.</summary>
    internal Func<IReadOnlyList<LogEntry>, CancellationToken, int>? OnWrite { get; set; }

    internal Action? OnFlush { get; set; }

    internal Action? OnReopen { get; set; }

    internal List<int> Batches { get; } = [];

    internal bool IsDisposed { get; private set; }

    internal IReadOnlyList<LogEntry> Taken
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken];
            }
        }
    }

    internal IEnumerable<string> Lines => Taken.Select(e => Encoding.UTF8.GetString(e.Line.Span));

    internal IEnumerable<long> Sequences => Taken.Select(e => e.Sequence);

    public void Write(IReadOnlyList<LogEntry> batch, CancellationToken cancellationToken)
    {
        try
        {
            int count = OnWrite?.Invoke(batch, cancellationToken) ?? batch.Count;
            Take(batch, count);
        }
        catch (LogSinkException e)
        {
            Take(batch, e.Taken);
            throw;
        }
    }

    public void Flush(CancellationToken cancellationToken) => OnFlush?.Invoke();

    public void Reopen() => OnReopen?.Invoke();

    public void Dispose() => IsDisposed = true;

    /// <summary>An entry with one connection, or as many as given.</summary>
    internal static LogEntry Entry(long sequence, int connections = 1)
    {
        var message = new NetLogMessage
        {
            Start = DateTime.UnixEpoch.AddSeconds(sequence * 5),
            End = DateTime.UnixEpoch.AddSeconds((sequence * 5) + 5),
            VirtualTraffic = [.. Enumerable.Range(1, connections).Select(i => new ConnectionCounts(
                17,
                AddrPort.Parse($"100.64.0.1:{i}"),
                AddrPort.Parse("100.64.0.2:53"),
                new FlowCounts((ulong)sequence, 100, 0, 0)))],
        };
        return new LogEntryWriter("run1").Write(sequence, message);
    }

    /// <summary>Waits for a state, and moves a clock meanwhile.</summary>
    internal static void WaitFor(Func<bool> condition, ManualTimeProvider? clock = null)
    {
        long start = Environment.TickCount64;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 - start < Patience, "The state did not come.");
            clock?.Advance(TimeSpan.FromMilliseconds(500));
            Thread.Sleep(1);
        }
    }

    private void Take(IReadOnlyList<LogEntry> batch, int count)
    {
        lock (_gate)
        {
            Batches.Add(batch.Count);
            _taken.AddRange(batch.Take(count));
        }
    }
}
