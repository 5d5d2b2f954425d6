using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace TunStats.Bench.Harness;

/// <summary>Runs this program in a mode of its own under strace, and counts the system calls of all threads.</summary>
internal static class SystemCallCount
{
    internal static long Of(string mode, int count)
    {
        string strace = BenchEnvironment.Tool("strace");
        string table = Path.GetTempFileName();
        try
        {
            string[] arguments =
            [
                "-f", "-qq", "-c", "-U", "calls,name", "-o", table,
                .. OwnProgram(), mode, count.ToString(CultureInfo.InvariantCulture),
            ];
            using Process process = Process.Start(new ProcessStartInfo(strace, arguments))!;
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new BenchSkipException("strace may not trace here");
            }

            foreach (string line in File.ReadLines(table))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words is [var calls, "total"])
                {
                    return long.Parse(calls, CultureInfo.InvariantCulture);
                }
            }

            throw new InvalidOperationException("strace told no total.");
        }
        finally
        {
            File.Delete(table);
        }
    }

    /// <summary>This program, which may have been started through <c>dotnet</c>.</summary>
    internal static string[] OwnProgram()
    {
        string host = Environment.ProcessPath!;
        return Path.GetFileName(host) == "dotnet" ? [host, Environment.GetCommandLineArgs()[0]] : [host];
    }
}
