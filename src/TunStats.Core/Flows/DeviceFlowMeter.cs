using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>
/// Turns a device's packets into windows of connections: a thread of its own counts, so that none is missed while
/// windows are being taken.
/// </summary>
public static class DeviceFlowMeter
{
    private const int BatchSize = 256;
    private const int BatchesPerStatistics = 1024;

    // As many packets as a whole ring of the default size holds.
    private const int MostLastBatches = 700;

    private static readonly TimeSpan StatisticsInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    // Longer than the kernel holds back what has arrived.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    /// <summary>Counts until as many windows were taken as asked for, or the token is cancelled.</summary>
    /// <param name="ring">The device's packets.</param>
    /// <param name="options">What is wanted; windows are of 5 s unless told otherwise, on a fixed grid.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the window under way, which is still handed out as the last.</param>
    /// <returns>Windows, each to be disposed when its connections were taken.</returns>
    /// <exception cref="PacketRingException">The ring failed.</exception>
    public static IEnumerable<FlowReport> Read(
        PacketRing ring, FlowMeterOptions options, TimeProvider timeProvider,
            CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        TimeSpan interval = options.Interval ?? DefaultInterval;
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(1));
        return Windows(ring, options, interval, timeProvider, cancellationToken);
    }

    private static IEnumerable<FlowReport> Windows(
        PacketRing ring,
        FlowMeterOptions options,
        TimeSpan interval,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        using var table = new FlowTable(options.Capacity);
        using var counter = new Counter(ring, table, options);
        using var due = new AutoResetEvent(initialState: false);
        using ITimer timer = timeProvider.CreateTimer(_ => due.Set(), null, interval, interval);
        WaitHandle[] handles = [due, counter.Ended, cancellationToken.WaitHandle];
        ulong dropped = 0;
        long start = UnixTime.Now(timeProvider);
        for (int window = 1; ; window++)
        {
            bool isDue = WaitHandle.WaitAny(handles) == 0;
            bool isLast = !isDue || window == options.Count;
            if (isLast)
            {
                counter.Stop();
                ulong now = ring.ReadStatistics().PacketsDropped;
                Warn(options, ring, now - dropped);
            }
            else
            {
                dropped = WarnOfDrops(options, counter, ring, dropped);
            }

            long end = Math.Max(start, UnixTime.Now(timeProvider));
            var place = new FlowWindow(UnixTime.ToNanoTime(start), UnixTime.ToNanoTime(end), ring.Name);
            yield return new FlowReport(table.TakeAll(), place, options);
            start = end;
            if (isLast)
            {
                counter.ThrowError();
                yield break;
            }
        }
    }

    private static ulong WarnOfDrops(FlowMeterOptions options, Counter counter, PacketRing ring, ulong before)
    {
        ulong now = counter.Dropped;
        Warn(options, ring, now - before);
        return now;
    }

    private static void Warn(FlowMeterOptions options, PacketRing ring, ulong dropped)
    {
        if (dropped > 0)
        {
            options.Warn?.Invoke(
                $"{ring.Name}: the kernel dropped {dropped} packets of the capture because its ring was full; they are "
                + "not counted.");
        }
    }

    /// <summary>The thread that counts.</summary>
    private sealed class Counter : IDisposable
    {
        private readonly PacketRing _ring;
        private readonly FlowTable _table;
        private readonly FlowMeterOptions _options;
        private readonly CancellationTokenSource _stop = new();
        private readonly ManualResetEvent _ended = new(initialState: false);
        private readonly Thread _thread;
        private ExceptionDispatchInfo? _error;
        private ulong _dropped;

        internal Counter(PacketRing ring, FlowTable table, FlowMeterOptions options)
        {
            _ring = ring;
            _table = table;
            _options = options;
            _thread = new Thread(Run) { IsBackground = true, Name = "TunStats flows" };
            _thread.Start();
        }

        internal WaitHandle Ended => _ended;

        internal ulong Dropped => Volatile.Read(ref _dropped);

        /// <summary>Stops after everything that has arrived was counted.</summary>
        internal void Stop()
        {
            _stop.Cancel();
            _thread.Join();
        }

        internal void ThrowError() => _error?.Throw();

        public void Dispose()
        {
            Stop();
            _stop.Dispose();
            _ended.Dispose();
        }

        private void Run()
        {
            var packets = new PacketRecord[BatchSize];
            try
            {
                try
                {
                    for (int batch = 1; ; batch++)
                    {
                        int count = _ring.Read(packets, StatisticsInterval, _stop.Token);
                        Add(packets, count);
                        if (count == 0 || batch % BatchesPerStatistics == 0)
                        {
                            Volatile.Write(ref _dropped, _ring.ReadStatistics().PacketsDropped);
                        }
                    }
                }
                catch (OperationCanceledException)
                {
                    // What arrives while this goes on may keep it busy, but not for ever.
                    int count;
                    for (int batch = 0; batch < MostLastBatches && (count = _ring.Read(packets, Settle)) > 0; batch++)
                    {
                        Add(packets, count);
                    }
                }
            }
            catch (Exception e)
            {
                // Told by the one who takes the windows, after what was counted.
                _error = ExceptionDispatchInfo.Capture(e);
            }

            _ended.Set();
        }

        private void Add(PacketRecord[] packets, int count)
        {
            Span<PacketRecord> read = packets.AsSpan(0, count);
            _table.Add(read[.._options.Keep(read)]);
        }
    }
}
