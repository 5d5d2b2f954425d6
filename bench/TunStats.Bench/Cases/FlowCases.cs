using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using TunStats.Bench.Harness;
using TunStats.Flows;
using TunStats.Packets;

namespace TunStats.Bench.Cases;

/// <summary>Ten million packets of a capture, counted per connection on one thread.</summary>
internal static class FlowCases
{
    private const int Packets = 10_000_000;
    private const int Turns = 5;

    internal static IEnumerable<BenchCase> Create()
    {
        foreach ((int flows, string kind) in new[] { (1_000, "zipf"), (100_000, "zipf"), (1_000_000, "uniform") })
        {
            yield return new BenchCase(
                $"capture of 10 M packets, {flows:N0} flows ({kind})",
                ">= 0.65 x C",
                environment => Compare(environment, flows, kind, Count));
        }

        // As a user meets it: the file is over before a compiler that watches what is hot has made much of it.
        foreach (int flows in new[] { 1_000, 100_000 })
        {
            yield return new BenchCase(
                $"capture of 10 M packets, {flows:N0} flows (zipf), in a process just started",
                ">= 0.65 x C",
                environment => Compare(environment, flows, "zipf", CountInANewProcess));
        }
    }

    /// <summary>Prints the nanoseconds that it takes, and the sum.</summary>
    internal static void CountOnce(string path)
    {
        Timed timed = Count(path);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{timed.Nanoseconds:0} {timed.Sum}"));
    }

    private static Measurement Compare(BenchEnvironment environment, int flows, string kind, Func<string, Timed> count)
    {
        string path = Path.Combine(Path.GetTempPath(), $"tunstats-bench-{Environment.ProcessId}.pcap");
        try
        {
            string[] arguments = [path, $"{Packets}", $"{flows}", kind];
            using (Process maker = Process.Start(environment.Limit("makecap"), arguments))
            {
                maker.WaitForExit();
            }

            using var limit = new LimitProgram(environment.Limit("flows"), path);
            var ratios = new double[Turns];
            double rate = 0;

            // The first turn warms both up: the file comes into memory and the compiler sees what is hot.
            for (int i = -1; i < Turns; i++)
            {
                double theirs = limit.Run(1);
                (double mine, ulong sum) = count(path);
                if (sum != limit.Sum)
                {
                    return new Measurement($"the sums differ: {sum}, C {limit.Sum}", IsMet: false);
                }

                ratios[Math.Max(i, 0)] = theirs / mine;
                rate = Packets / mine * 1e3;
            }

            double ratio = ratios.Order().ElementAt(Turns / 2);
            return new Measurement(
                string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00} x C ({rate:0.0} M packets/s)"),
                ratio >= 0.65);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Timed CountInANewProcess(string path)
    {
        string[] program = SystemCallCount.OwnProgram();
        string[] arguments = [.. program[1..], "count", path];
        using Process process = Process.Start(
            new ProcessStartInfo(program[0], arguments) { RedirectStandardOutput = true })!;
        string[] words = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        return new Timed(
            double.Parse(words[0], CultureInfo.InvariantCulture), ulong.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static Timed Count(string path)
    {
        long start = Stopwatch.GetTimestamp();
        using var table = new FlowTable();
        var options = new CaptureOptions { LocalAddresses = [IpAddr.Parse("100.64.0.1")] };
        using CaptureReader reader = CaptureReader.Open(path, options);
        var packets = new PacketRecord[256];
        int count;
        while ((count = reader.Read(packets)) > 0)
        {
            table.Add(packets.AsSpan(0, count));
        }

        using FlowSnapshot all = table.TakeAll();
        ulong sum = (ulong)reader.PacketsRead + (ulong)all.Count;
        for (int i = 0; i < all.Count; i++)
        {
            sum += all.GetCounts(i).TotalBytes;
        }

        return new Timed(Stopwatch.GetElapsedTime(start).TotalNanoseconds, sum);
    }

    private readonly record struct Timed(double Nanoseconds, ulong Sum);
}
