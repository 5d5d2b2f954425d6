using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using TunStats.Bench.Harness;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Bench.Cases;

/// <summary>
/// Ten million packets of a capture as networks have them, counted per connection: whole processes of the native
/// program and of C in turns, on one processor and on all; then the loop alone, inside this program.
/// </summary>
internal static class FlowCases
{
    private const int Packets = 10_000_000;
    private const int Turns = 7;
    private const double MinOnOneThread = 0.7;
    private const double MinInWallTime = 1.0;
    private const double MaxSecondsOfJson = 0.4;

    private static readonly string[] Local = ["100.64.0.1", "fd7a:115c:a1e0::1"];

    internal static IEnumerable<BenchCase> Create()
    {
        foreach (int flows in new[] { 1_000, 100_000, 1_000_000 })
        {
            var figures = new Lazy<Figures>(() => MeasureProcesses(BenchEnvironment.Find(), flows));
            string name = $"tunstats flows, 10 M mixed packets, {flows:N0} flows";
            yield return new BenchCase($"{name}: one processor", ">= 0.7 x C", _ => figures.Value.One);
            yield return new BenchCase($"{name}: wall time", ">= 1.0 x C", _ => figures.Value.All);
            yield return new BenchCase($"{name}, --local: one processor", ">= 0.7 x C", _ => figures.Value.LocalOne);
            yield return new BenchCase($"{name}, --local: wall time", ">= 1.0 x C", _ => figures.Value.LocalAll);
            if (flows == 1_000_000)
            {
                yield return new BenchCase($"{name}: --json", "<= 0.4 s longer", _ => figures.Value.Json);
            }

            yield return new BenchCase(
                $"the same, {flows:N0} flows: the loop alone, JIT", ">= 0.7 x C", e => CompareLoop(e, flows));
        }
    }

    /// <summary>Prints the nanoseconds that it takes, and the sum.</summary>
    internal static void CountOnce(string path)
    {
        Timed timed = Count(path);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{timed.Nanoseconds:0} {timed.Sum}"));
    }

    private static Figures MeasureProcesses(BenchEnvironment environment, int flows)
    {
        using var capture = new MixedCapture(environment, Packets, flows);
        string[] limit = [environment.Limit("flows"), "-1", capture.Path];
        string[] mine = [environment.ConsoleProgram(), "flows", capture.Path];
        string[] one = [BenchEnvironment.Tool("taskset"), "-c", "0"];
        string[] localLimit = [.. limit, .. Local];
        string[] localMine = [.. mine, .. Local.SelectMany(address => new[] { "--local", address })];
        ulong sum = SumOf([.. mine, "--json"]), theirs = ulong.Parse(TextOf(limit), CultureInfo.InvariantCulture);
        if (sum != theirs)
        {
            throw new InvalidOperationException($"The sums differ: {sum}, C {theirs}.");
        }

        string[] top = ["--top", "10"];
        return new Figures(
            Compare([.. one, .. limit], [.. one, .. mine, .. top], MinOnOneThread),
            CompareOnAll(limit, [.. mine, .. top]),
            Compare([.. one, .. localLimit], [.. one, .. localMine, .. top], MinOnOneThread),
            CompareOnAll(localLimit, [.. localMine, .. top]),
            flows == 1_000_000 ? CompareJson([.. mine, "--top", "1"], [.. mine, "--json"]) : null!);
    }

    private static Measurement CompareOnAll(string[] limit, string[] mine) => Environment.ProcessorCount > 1
        ? Compare(limit, mine, MinInWallTime)
        : new Measurement("there is one processor alone", IsMet: false);

    private static Measurement Compare(string[] limit, string[] mine, double goal)
    {
        (double[] theirs, double[] own) = InTurns(limit, mine);
        double ratio = Median([.. theirs.Zip(own, (their, my) => their / my)]);
        double rate = Packets / Median(own) / 1e6, limitRate = Packets / Median(theirs) / 1e6;
        return new Measurement(
            string.Create(
                CultureInfo.InvariantCulture, $"{ratio:0.00} x C ({rate:0.0} and {limitRate:0.0} M packets/s)"),
            ratio >= goal);
    }

    private static Measurement CompareJson(string[] without, string[] with)
    {
        (double[] before, double[] after) = InTurns(without, with);
        double longer = Median([.. after.Zip(before, (a, b) => a - b)]);
        return new Measurement(
            string.Create(CultureInfo.InvariantCulture, $"{longer:0.00} s longer"), longer <= MaxSecondsOfJson);
    }

    /// <summary>The wall times of two programs, in seconds; the first turn brings the file into memory.</summary>
    private static (double[] First, double[] Second) InTurns(string[] first, string[] second)
    {
        double[] a = new double[Turns], b = new double[Turns];
        for (int i = -1; i < Turns; i++)
        {
            a[Math.Max(i, 0)] = SecondsOf(first);
            b[Math.Max(i, 0)] = SecondsOf(second);
        }

        return (a, b);
    }

    /// <summary>The wall time of a program that writes to nobody.</summary>
    private static double SecondsOf(string[] command)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start("/bin/sh", ["-c", "exec \"$@\" >/dev/null", "sh", .. command]);
        process.WaitForExit();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(start).TotalSeconds
            : throw new InvalidOperationException($"{command[0]} ended with {process.ExitCode}.");
    }

    private static string TextOf(string[] command)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    /// <summary>Packets, connections and bytes of lines of JSON.</summary>
    private static ulong SumOf(string[] command)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        ulong sum = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            using JsonDocument flow = JsonDocument.Parse(line);
            sum++;
            foreach (string name in new[] { "TxPackets", "TxBytes", "RxPackets", "RxBytes" })
            {
                sum += flow.RootElement.GetProperty(name).GetUInt64();
            }
        }

        process.WaitForExit();
        return sum;
    }

    private static Measurement CompareLoop(BenchEnvironment environment, int flows)
    {
        using var capture = new MixedCapture(environment, Packets, flows);
        using var limit = new LimitProgram(environment.Limit("flows"), [capture.Path, .. Local]);
        double[] ratios = new double[Turns];
        for (int i = -1; i < Turns; i++)
        {
            double theirs = limit.Run(1);
            (double mine, ulong sum) = Count(capture.Path);
            if (sum != limit.Sum)
            {
                return new Measurement($"the sums differ: {sum}, C {limit.Sum}", IsMet: false);
            }

            ratios[Math.Max(i, 0)] = theirs / mine;
        }

        double ratio = Median(ratios);
        return new Measurement(
            string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00} x C"), ratio >= MinOnOneThread);
    }

    private static Timed Count(string path)
    {
        long start = Stopwatch.GetTimestamp();
        using var table = new FlowTable();
        var options = new CaptureOptions { LocalAddresses = [.. Local.Select(IpAddr.Parse)] };
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

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private readonly record struct Timed(double Nanoseconds, ulong Sum);

    private sealed record Figures(
        Measurement One, Measurement All, Measurement LocalOne, Measurement LocalAll, Measurement Json);
}
