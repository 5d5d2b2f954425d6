using System;
using System.IO;

namespace TunStats.Bench.Harness;

/// <summary>Where the built programs lie.</summary>
/// <param name="Artifacts">The directory artifacts/ of the project.</param>
internal sealed record BenchEnvironment(string Artifacts)
{
    internal static BenchEnvironment Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (at.Name == "artifacts")
            {
                return new BenchEnvironment(at.FullName);
            }
        }

        throw new BenchSkipException($"There is no directory artifacts/ above {AppContext.BaseDirectory}.");
    }

    /// <summary>The path of a C program of bench/limits, which bench/run.sh builds.</summary>
    internal string Limit(string name) => Existing(
        Path.Combine(Artifacts, "bench", "limits", name),
        $"{name} is not built (no cc, or not started by bench/run.sh)");

    /// <summary>The path of the published console program.</summary>
    internal string ConsoleProgram() => Existing(
        Path.Combine(Artifacts, "bench", "tunstats", "tunstats"), "tunstats is not published (bench/run.sh does it)");

    /// <summary>The path of the published program that polls on a fast clock.</summary>
    internal string SoakProgram() => Existing(
        Path.Combine(Artifacts, "bench", "soak", "TunStats.Soak"),
        "TunStats.Soak is not published (bench/run.sh does it)");

    /// <summary>The path of a program of the system.</summary>
    internal static string Tool(string name)
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            string path = Path.Combine(directory, name);
            if (directory.Length > 0 && File.Exists(path))
            {
                return path;
            }
        }

        throw new BenchSkipException($"there is no {name} on PATH");
    }

    private static string Existing(string path, string otherwise) =>
        File.Exists(path) ? path : throw new BenchSkipException(otherwise);
}
