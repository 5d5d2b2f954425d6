using System;
using System.Globalization;
using BenchmarkDotNet.Running;
using TunStats.Bench.Cases;
using TunStats.Bench.Harness;

namespace TunStats.Bench;

/// <summary>
/// <c>ratios [PART-OF-A-NAME]</c>: every case of <see cref="AllCases"/>, a line each; <c>micro [ARGUMENT…]</c>:
/// BenchmarkDotNet; <c>polls COUNT</c>: polls the loopback, for a tracer to count system calls; <c>beats COUNT</c>: so
/// does a poller; <c>count FILE</c>: counts a capture once, as a cold program does.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["ratios", .. var filter]:
                return Runner.Run(AllCases.Create(), filter.Length > 0 ? filter[0] : "", BenchEnvironment.Find());
            case ["micro", .. var rest]:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
                    .Run(rest.Length > 0 ? rest : ["--filter", "*"]);
                return 0;
            case ["polls", var count]:
                PollCases.PollLoopback(int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["beats", var count]:
                PollerCases.PollLoopback(int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["count", var path]:
                FlowCases.CountOnce(path);
                return 0;
            default:
                Console.Error.WriteLine(
                    "usage: TunStats.Bench ratios [NAME] | micro [ARGUMENT...] | polls COUNT | beats COUNT "
                    + "| count FILE");
                return 2;
        }
    }
}
