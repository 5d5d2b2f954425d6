using System;
using System.Globalization;
using System.IO;
using TunStats.Cli.Commands;
using TunStats.Polling;
using TunStats.Tests.Fakes;

namespace TunStats.Soak;

/// <summary>
/// <c>TunStats.Soak NETNS POLLS</c>: <c>tunstats poll '*' --json</c> in a namespace, with the same code, on a clock
/// that leaps from beat to beat. Says on standard error how many KiB were resident after one poll in a hundred, and at
/// the end.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        long polls = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        long waits = 0, early = 0;
        var clock = new LeapingTimeProvider
        {
            Leap = wait =>
            {
                if (++waits == polls / 100)
                {
                    early = ResidentKibibytes();
                }

                return wait;
            },
        };
        var options = new LinkPollerOptions
        {
            Names = ["*"],
            MaxPolls = polls,
            NetworkNamespace = arguments[0],
            Metrics = new PollerMetrics(),
        };
        int code = PollRun.Run(new PollSettings(options, IsJson: true, Metrics: null), clock);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident {early} {ResidentKibibytes()}"));
        return code;
    }

    private static long ResidentKibibytes()
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(6).TrimEnd(" kB").Trim(), CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("/proc/self/status tells no VmRSS.");
    }
}
