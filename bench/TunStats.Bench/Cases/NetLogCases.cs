using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using TunStats.Bench.Harness;
using TunStats.Flows;
using TunStats.NetLog;

namespace TunStats.Bench.Cases;

/// <summary>Network log messages: classifying connections, writing JSON and reading it, on one thread.</summary>
internal static class NetLogCases
{
    private const int Entries = 100_000;
    private const int EntriesPerMessage = 1_000;
    private const int Flows = 100_000;

    internal static IEnumerable<BenchCase> Create()
    {
        foreach (int prefixes in new[] { 10, 1_000, 10_000 })
        {
            yield return new BenchCase(
                $"netlog: classify 100,000 flows, {prefixes:N0} prefixes",
                ">= 20 M flows/s",
                environment => Classify(environment, prefixes));
        }

        yield return new BenchCase("netlog: classify, flat over these", "slowest >= 0.5 x fastest", _ => Flatness());
        yield return new BenchCase("netlog: JSON out", ">= 0.65 x C", Write);
        yield return new BenchCase("netlog: JSON in", ">= 0.5 x C", Read);
        yield return new BenchCase("netlog: JSON out, allocated", "0 B/entry", _ => WriteAllocation());
        yield return new BenchCase("netlog: JSON in, allocated beyond messages", "0 B/entry", _ => ReadAllocation());
    }

    private static Measurement Classify(BenchEnvironment environment, int prefixes)
    {
        NetLogBenchRoutes routes = new(prefixes, Flows);
        string path = Path.GetTempFileName();
        try
        {
            routes.Save(path);
            using LimitProgram limit = new(environment.Limit("classify"), path);
            ulong sum = 0;
            SideBySide.Result result = SideBySide.Run(limit, rounds => sum = routes.Classify(rounds), 20);
            return sum != limit.Sum
                ? new Measurement($"the sums differ: {sum}, C {limit.Sum}", IsMet: false)
                : new Measurement(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Flows / result.Mine * 1e3:0.0} M flows/s (C {Flows / result.Limit * 1e3:0.0})"),
                    Flows / result.Mine * 1e3 >= 20);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Measurement Flatness()
    {
        NetLogBenchRoutes[] sizes = [new(10, Flows), new(1_000, Flows), new(10_000, Flows)];
        double[] best = [double.MaxValue, double.MaxValue, double.MaxValue];
        for (int turn = 0; turn < 60; turn++)
        {
            for (int i = 0; i < sizes.Length; i++)
            {
                long start = System.Diagnostics.Stopwatch.GetTimestamp();
                sizes[i].Classify(5);
                best[i] = Math.Min(best[i], System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            }
        }

        double ratio = best.Min() / best.Max();
        return new Measurement(string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}"), ratio >= 0.5);
    }

    private static Measurement Write(BenchEnvironment environment)
    {
        NetLogMessage[] messages = NetLogBenchData.Messages(Entries, EntriesPerMessage);
        string path = Path.GetTempFileName();
        try
        {
            NetLogBenchData.SaveRecords(path, messages);
            using LimitProgram limit = new(
                environment.Limit("netlog_write"), path, $"{EntriesPerMessage}");
            ArrayBufferWriter<byte> output = new(1 << 20);
            ulong sum = 0;
            SideBySide.Result result = SideBySide.Run(limit, rounds => sum = WriteAll(output, messages, rounds), 2);
            return Compare(result, sum, limit.Sum, sum / 2, 0.65);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Measurement Read(BenchEnvironment environment)
    {
        string path = Path.GetTempFileName();
        try
        {
            long length = NetLogBenchData.SaveJson(path, NetLogBenchData.Messages(Entries, EntriesPerMessage));
            using LimitProgram limit = new(environment.Limit("netlog_read"), path);
            ulong sum = 0;
            SideBySide.Result result = SideBySide.Run(limit, rounds => sum = ReadAll(path, rounds), 2);
            return Compare(result, sum, limit.Sum, (ulong)length, 0.5);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Measurement Compare(
        SideBySide.Result result, ulong mySum, ulong limitSum, ulong bytesPerRound, double goal)
    {
        double ratio = 1 / result.Ratio;
        return mySum != limitSum
            ? new Measurement($"the sums differ: {mySum}, C {limitSum}", IsMet: false)
            : new Measurement(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{ratio:0.00} x C ({bytesPerRound / result.Mine:0.00} and "
                        + $"{bytesPerRound / result.Limit:0.00} GB/s)"),
                ratio >= goal);
    }

    private static Measurement WriteAllocation()
    {
        NetLogMessage[] messages = NetLogBenchData.Messages(Entries, EntriesPerMessage);
        ArrayBufferWriter<byte> output = new(1 << 20);
        double bytes = SideBySide.BytesPerRound(rounds => WriteAll(output, messages, rounds), 5);
        return Measurement.Most(bytes / Entries, 0, "B/entry");
    }

    private static Measurement ReadAllocation()
    {
        string path = Path.GetTempFileName();
        try
        {
            NetLogMessage[] messages = NetLogBenchData.Messages(Entries, EntriesPerMessage);
            NetLogBenchData.SaveJson(path, messages);
            ulong sum = 0;
            double bytes = SideBySide.BytesPerRound(rounds => sum += ReadAll(path, rounds), 5);

            // What is handed out: an object, a text and an array for each message; once a file, its reader and buffers.
            double handedOut = (Entries * (double)System.Runtime.CompilerServices.Unsafe.SizeOf<ConnectionCounts>())
                + (messages.Length * 512) + (512 * 1024);
            return Measurement.Most(Math.Max(0, bytes - handedOut) / Entries, 0, "B/entry");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static ulong WriteAll(ArrayBufferWriter<byte> output, NetLogMessage[] messages, int rounds)
    {
        ulong sum = 0;
        for (int i = 0; i < rounds; i++)
        {
            foreach (NetLogMessage message in messages)
            {
                output.ResetWrittenCount();
                NetLogJsonWriter.Write(output, message, NetLogSchema.V2);
                sum += (ulong)output.WrittenCount;
            }
        }

        return sum;
    }

    private static ulong ReadAll(string path, int rounds)
    {
        ulong sum = 0;
        for (int i = 0; i < rounds; i++)
        {
            using NetLogReader reader = NetLogReader.Open(path);
            while (reader.Read() is { } message)
            {
                sum++;
                foreach (ref readonly ConnectionCounts entry in ((ConnectionCounts[])message.VirtualTraffic).AsSpan())
                {
                    FlowCounts counts = entry.Counts;
                    sum += 1 + (ulong)entry.SrcEndpoint.Port + entry.DstEndpoint.Port
                        + counts.TxPackets + counts.TxBytes
                        + counts.RxPackets + counts.RxBytes;
                }
            }
        }

        return sum;
    }
}
