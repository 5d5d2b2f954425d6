using System;

namespace TunStats.Tests.Fakes;

/// <summary>What code allocates on the thread that runs it.</summary>
internal static class Allocation
{
    /// <summary>
    /// The fewest bytes of some runs: what the code itself allocates it allocates every time, what the runtime
    /// allocates while it compiles the code again comes once.
    /// </summary>
    internal static long Least(Action run, int tries = 10)
    {
        long least = long.MaxValue;
        for (int i = 0; i < tries && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
