using System;
using System.Collections.Generic;
using TunStats.Lab;

namespace TunStats.Bench.Harness;

/// <summary>Measures cases and prints a line for each: name, figure, goal, verdict, tabs between them.</summary>
internal static class Runner
{
    internal static int Run(IEnumerable<BenchCase> cases, string filter, BenchEnvironment environment)
    {
        foreach (BenchCase bench in cases)
        {
            if (!bench.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            try
            {
                Measurement found = bench.Measure(environment);
                Print(bench, found.Text, found.IsMet ? "met" : "missed");
            }
            catch (Exception e) when (e is BenchSkipException or LabException)
            {
                Print(bench, e.Message, "skipped");
            }
        }

        return 0;
    }

    private static void Print(BenchCase bench, string figure, string verdict) =>
        Console.WriteLine($"{bench.Name}\t{figure}\t{bench.Goal}\t{verdict}");
}
