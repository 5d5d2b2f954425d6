using System;
using System.Diagnostics;
using System.Globalization;
using TunStats.Bench.Harness;

namespace TunStats.Bench.Cases;

/// <summary>The console program as a process, in turns with <c>ip -s link show lo</c>.</summary>
internal static class ProcessCases
{
    private const int Runs = 101;

    internal static BenchCase[] Create()
    {
        var figures = new Lazy<(Figures Mine, Figures Ip)>(() => Measure(BenchEnvironment.Find()));
        return
        [
            new("tunstats stats lo: wall time", "<= 1.5 x ip -s link show lo", _ => Compare(
                figures.Value.Mine.Nanoseconds / 1e6, figures.Value.Ip.Nanoseconds / 1e6, "ms")),
            new("tunstats stats lo: largest memory", "< 1.5 x ip -s link show lo", _ => Compare(
                figures.Value.Mine.Kibibytes / 1024, figures.Value.Ip.Kibibytes / 1024, "MiB")),
        ];
    }

    private static Measurement Compare(double mine, double other, string unit) => new(
        string.Create(
            CultureInfo.InvariantCulture, $"{mine / other:0.00} x ip ({mine:0.00} {unit}, ip {other:0.00} {unit})"),
        mine / other <= 1.5);

    private static (Figures Mine, Figures Ip) Measure(BenchEnvironment environment)
    {
        string[] arguments =
        [
            Runs.ToString(CultureInfo.InvariantCulture),
            environment.ConsoleProgram(), "stats", "lo",
            "--",
            BenchEnvironment.Tool("ip"), "-s", "link", "show", "lo",
        ];
        var start = new ProcessStartInfo(environment.Limit("runs"), arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Figures mine = Figures.Parse(process.StandardOutput.ReadLine());
        Figures ip = Figures.Parse(process.StandardOutput.ReadLine());
        process.WaitForExit();
        return (mine, ip);
    }

    private readonly record struct Figures(double Nanoseconds, double Kibibytes)
    {
        internal static Figures Parse(string? line)
        {
            string[] words = line?.Split(' ')
                ?? throw new InvalidOperationException("A program that was compared failed.");
            return new Figures(
                double.Parse(words[0], CultureInfo.InvariantCulture),
                double.Parse(words[1], CultureInfo.InvariantCulture));
        }
    }
}
