using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Capture;

/// <summary>Turns a capture file into windows of connections, by the file's own time.</summary>
internal static class FileFlowMeter
{
    /// <summary>Reads a file to its end.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="options">The options. Windows are consecutive from the first packet on; empty ones are left
    /// out. A packet earlier than the current window counts in it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Windows; dispose each before requesting the next.</returns>
    /// <exception cref="CaptureFormatException">
    /// The file is not a capture file or is damaged; the packets before the damage were handed out as a window.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IEnumerable<FlowReport> Read(
        CaptureReader reader, FlowMeterOptions options, CancellationToken cancellationToken = default) =>
        Read(reader, options, isAhead: null, cancellationToken);

    /// <summary>The same, with or without a thread that reads ahead; null to choose.</summary>
    internal static IEnumerable<FlowReport> Read(
        CaptureReader reader, FlowMeterOptions options, bool? isAhead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Interval ?? TimeSpan.MaxValue, TimeSpan.FromTicks(1));
        return Windows(reader, options, isAhead, cancellationToken);
    }

    private static IEnumerable<FlowReport> Windows(
        CaptureReader reader, FlowMeterOptions options, bool? isAhead, CancellationToken cancellationToken)
    {
        using var table = new FlowTable(options.Capacity);
        using var batches = new CaptureBatches(reader, isAhead, cancellationToken);
        long interval = options.Interval is { } length ? length.Ticks * 100 : long.MaxValue;
        long start = 0, last = 0, early = 0;
        bool hasStarted = false;
        long told = batches.BytesRead;
        Exception? damage = null;
        while (true)
        {
            ArraySegment<PacketRecord> packets = Next(batches, ref damage);
            if (batches.BytesRead - told >= FlowMeterOptions.BytesPerProgress)
            {
                told = batches.BytesRead;
                options.Progress?.Invoke();
            }

            if (packets.Count == 0)
            {
                break;
            }

            if (!hasStarted)
            {
                (hasStarted, start, last) = (true, packets[0].UnixNanoseconds, packets[0].UnixNanoseconds);
            }

            // Nearly every batch lies completely in the current window.
            (long earliest, long latest) = Times(packets);
            while (interval != long.MaxValue && latest - start >= interval)
            {
                int count = FirstFrom(packets, start, interval);
                early += earliest < start ? MoveTo(start, packets[..count]) : 0;
                Add(table, options, packets[..count]);
                packets = packets[count..];
                if (table.Count > 0)
                {
                    yield return Report(table, reader, options, start, start + interval, early);
                }

                early = 0;
                last = packets[0].UnixNanoseconds;
                start += (last - start) / interval * interval;
                (earliest, latest) = Times(packets);
            }

            if (interval == long.MaxValue)
            {
                start = Math.Min(start, earliest);
            }
            else if (earliest < start)
            {
                early += MoveTo(start, packets);
            }

            last = Math.Max(last, latest);
            Add(table, options, packets);
        }

        if (table.Count > 0)
        {
            yield return Report(table, reader, options, start, Math.Max(start, last), early);
        }

        if (damage is not null)
        {
            ExceptionDispatchInfo.Throw(damage);
        }
    }

    private static ArraySegment<PacketRecord> Next(CaptureBatches batches, ref Exception? damage)
    {
        try
        {
            return batches.Next();
        }
        catch (Exception e) when (e is CaptureFormatException or OperationCanceledException)
        {
            // Reported after the counts so far.
            damage = e;
            return default;
        }
    }

    /// <summary>The earliest and the latest instant of a batch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (long Earliest, long Latest) Times(ReadOnlySpan<PacketRecord> packets)
    {
        // Nearly every batch is in order, which takes less to see.
        long earliest = packets[0].UnixNanoseconds, latest = earliest;
        bool isDisordered = false;
        foreach (ref readonly PacketRecord packet in packets)
        {
            isDisordered |= packet.UnixNanoseconds < latest;
            latest = packet.UnixNanoseconds;
        }

        if (isDisordered)
        {
            foreach (ref readonly PacketRecord packet in packets)
            {
                earliest = Math.Min(earliest, packet.UnixNanoseconds);
                latest = Math.Max(latest, packet.UnixNanoseconds);
            }
        }

        return (earliest, latest);
    }

    /// <summary>The index of the first packet beyond the window; it exists.</summary>
    private static int FirstFrom(ReadOnlySpan<PacketRecord> packets, long start, long interval)
    {
        int i = 0;
        while (packets[i].UnixNanoseconds - start < interval)
        {
            i++;
        }

        return i;
    }

    /// <summary>Moves packets of earlier windows to the current one, and counts them.</summary>
    private static int MoveTo(long start, Span<PacketRecord> packets)
    {
        int count = 0;
        foreach (ref PacketRecord packet in packets)
        {
            if (packet.UnixNanoseconds < start)
            {
                packet.UnixNanoseconds = start;
                count++;
            }
        }

        return count;
    }

    private static void Add(FlowTable table, FlowMeterOptions options, Span<PacketRecord> packets) =>
        table.Add(packets[..options.Keep(packets)]);

    private static FlowReport Report(
        FlowTable table, CaptureReader reader, FlowMeterOptions options, long start, long end, long early)
    {
        var window = new FlowWindow(UnixTime.ToNanoTime(start), UnixTime.ToNanoTime(end), reader.FileName);
        return new FlowReport(table.TakeAll(), window, options) { PacketsOfEarlierWindows = early };
    }
}
