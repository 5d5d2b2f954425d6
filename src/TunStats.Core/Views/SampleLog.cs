using System;
using System.IO;
using System.Text.Json;
using System.Threading;

namespace TunStats.Views;

/// <summary>Reads samples from lines of JSON, as <c>tunstats poll --json</c> writes them.</summary>
internal static class SampleLog
{
    // A sample with all counters, twice, has about 3 KiB.
    private const int MaxLineLength = 64 * 1024;

    /// <summary>Adds the samples of a log to a report.</summary>
    /// <param name="stream">The text in UTF-8.</param>
    /// <param name="report">Takes the samples.</param>
    /// <param name="onBadLine">Takes the number of a line that is no sample; the others are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">Reading failed.</exception>
    internal static void Read(
        Stream stream, TunReport report, Action<long> onBadLine, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaxLineLength];
        int length = 0;
        bool isTooLong = false;
        for (long line = 1; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = stream.Read(buffer, length, buffer.Length - length);
            length += read;
            int from = 0;
            while (from < length && buffer.AsSpan(from, length - from).IndexOf((byte)'\n') is >= 0 and var end)
            {
                if (isTooLong || !TryAdd(buffer.AsMemory(from, end), report))
                {
                    onBadLine(line);
                }

                (from, isTooLong) = (from + end + 1, false);
                line++;
            }

            if (read == 0)
            {
                if (isTooLong || !TryAdd(buffer.AsMemory(from, length - from), report))
                {
                    onBadLine(line);
                }

                return;
            }

            buffer.AsSpan(from, length - from).CopyTo(buffer);
            length -= from;
            if (length == buffer.Length)
            {
                (length, isTooLong) = (0, true);
            }
        }
    }

    private static bool TryAdd(ReadOnlyMemory<byte> line, TunReport report)
    {
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
        {
            return true;
        }

        try
        {
            using var json = JsonDocument.Parse(line);
            JsonElement sample = json.RootElement;
            string name = sample.GetProperty("Name").GetString() ?? "";
            DateTime time = sample.GetProperty("Timestamp").GetDateTime().ToUniversalTime();
            var elapsed = TimeSpan.FromSeconds(sample.GetProperty("ElapsedSeconds").GetDouble());
            JsonElement increase = sample.GetProperty("Increase");
            if (increase.ValueKind != JsonValueKind.Null)
            {
                report.AddSample(name, time, elapsed, new LinkTotals(
                    increase.GetProperty("TxBytes").GetUInt64(),
                    increase.GetProperty("RxBytes").GetUInt64(),
                    increase.GetProperty("TxDropped").GetUInt64(),
                    increase.GetProperty("RxDropped").GetUInt64(),
                    increase.GetProperty("TxErrors").GetUInt64(),
                    increase.GetProperty("RxErrors").GetUInt64()));
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or System.Collections.Generic.KeyNotFoundException or OverflowException or ArgumentException)
        {
            // Said with the number of the line: each of these is text that is no sample.
            return false;
        }
    }
}
