using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Packets;

namespace TunStats.Flows;

/// <summary>Turns a capture file into windows of connections, on the file's own time.</summary>
public static class FileFlowMeter
{
    private const int BatchSize = 256;

    /// <summary>Reads a file to its end.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="options">What is wanted. Windows lie side by side from the first packet on; empty ones are left
    /// out. A packet earlier than the window under way counts in it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Windows, each to be disposed before the next is asked for.</returns>
    /// <exception cref="CaptureFormatException">
    /// The file is no capture or is damaged; the packets before the damage were handed out as a window.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IEnumerable<FlowReport> Read(
        CaptureReader reader, FlowMeterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Interval ?? TimeSpan.MaxValue, TimeSpan.FromTicks(1));
        return Windows(reader, options, cancellationToken);
    }

    private static IEnumerable<FlowReport> Windows(
        CaptureReader reader, FlowMeterOptions options, CancellationToken cancellationToken)
    {
        using var table = new FlowTable(options.Capacity);
        var packets = new PacketRecord[BatchSize];
        long interval = (options.Interval?.Ticks ?? 0) * 100;
        long start = 0, last = 0;
        bool hasStarted = false;
        long told = reader.BytesRead;
        Exception? damage = null;
        while (damage is null)
        {
            int count = Read(reader, packets, cancellationToken, ref damage);
            if (reader.BytesRead - told >= FlowMeterOptions.BytesPerProgress)
            {
                told = reader.BytesRead;
                options.Progress?.Invoke();
            }

            if (count == 0)
            {
                break;
            }

            int from = 0;
            for (int i = 0; i < count; i++)
            {
                long time = packets[i].UnixNanoseconds;
                if (!hasStarted)
                {
                    (hasStarted, start, last) = (true, time, time);
                }
                else if (interval > 0 && time - start >= interval)
                {
                    Add(table, options, packets.AsSpan(from, i - from));
                    from = i;
                    if (table.Count > 0)
                    {
                        yield return Report(table, reader, options, start, start + interval);
                    }

                    start += (time - start) / interval * interval;
                    last = time;
                }

                start = interval > 0 ? start : Math.Min(start, time);
                last = Math.Max(last, time);
            }

            Add(table, options, packets.AsSpan(from, count - from));
        }

        if (table.Count > 0)
        {
            yield return Report(table, reader, options, start, Math.Max(start, last));
        }

        if (damage is not null)
        {
            ExceptionDispatchInfo.Throw(damage);
        }
    }

    private static int Read(
        CaptureReader reader, PacketRecord[] packets, CancellationToken token, ref Exception? damage)
    {
        try
        {
            return reader.Read(packets, token);
        }
        catch (Exception e) when (e is CaptureFormatException or OperationCanceledException)
        {
            // Told after what was counted until then.
            damage = e;
            return 0;
        }
    }

    private static void Add(FlowTable table, FlowMeterOptions options, Span<PacketRecord> packets) =>
        table.Add(packets[..options.Keep(packets)]);

    private static FlowReport Report(
        FlowTable table, CaptureReader reader, FlowMeterOptions options, long start, long end)
    {
        var window = new FlowWindow(UnixTime.ToNanoTime(start), UnixTime.ToNanoTime(end), reader.FileName);
        return new FlowReport(table.TakeAll(), window, options);
    }
}
