using System;
using System.Diagnostics;
using System.Threading;

namespace TunStats.Bench.Harness;

/// <summary>
/// Takes turns with a program of bench/limits, in rounds short enough that whatever else the machine does meets both,
/// and compares the medians.
/// </summary>
internal static class SideBySide
{
    private const int Turns = 41;
    private const int WarmUps = 6;

    internal static Result Run(LimitProgram limit, Action<int> mine, int rounds)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            limit.Run(rounds);
            mine(rounds);

            // Time for the compiler's thread to bring in what it makes of the code that turned out hot.
            Thread.Sleep(150);
        }

        var limitTimes = new double[Turns];
        var myTimes = new double[Turns];
        for (int i = 0; i < Turns; i++)
        {
            limitTimes[i] = limit.Run(rounds) / rounds;
            long start = Stopwatch.GetTimestamp();
            mine(rounds);
            myTimes[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
        }

        return new Result(Median(myTimes), Median(limitTimes));
    }

    /// <summary>The bytes that this thread allocates in a round, once everything is warm.</summary>
    internal static double BytesPerRound(Action<int> mine, int rounds)
    {
        mine(rounds);
        long before = GC.GetAllocatedBytesForCurrentThread();
        mine(rounds);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / rounds;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>Medians.</summary>
    /// <param name="Mine">Nanoseconds a round of ours.</param>
    /// <param name="Limit">Nanoseconds a round of C.</param>
    internal readonly record struct Result(double Mine, double Limit)
    {
        internal double Ratio => Mine / Limit;
    }
}
