using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace TunStats.Sessions;

/// <summary>
/// Makes slow kernel calls on many threads: opening and closing a ring waits for all CPUs (RCU), and concurrent calls
/// share this wait.
/// </summary>
internal static class SideBySide
{
    private const int MaxThreads = 128;

    private static readonly TimeSpan WaitStep = TimeSpan.FromSeconds(1);

    /// <summary>Calls an action with each number from 0 on; returns when all calls have returned.</summary>
    /// <param name="count">The number of calls.</param>
    /// <param name="action">Does not throw.</param>
    /// <param name="onWaiting">Called on the caller's thread once a second, with the number of calls begun.</param>
    internal static void Run(int count, Action<int> action, Action<int>? onWaiting = null)
    {
        int next = -1;
        void Work()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                action(i);
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, Math.Min(count, MaxThreads)).Select(_ => new Thread(Work)
        {
            IsBackground = true,
            Name = "TunStats rings",
        })];
        Array.ForEach(threads, thread => thread.Start());
        try
        {
            while (onWaiting is not null && !Array.TrueForAll(threads, thread => thread.Join(WaitStep)))
            {
                onWaiting(Math.Min(Volatile.Read(ref next) + 1, count));
            }
        }
        finally
        {
            Array.ForEach(threads, thread => thread.Join());
        }
    }

    /// <summary>Disposes of all.</summary>
    internal static void Dispose(IReadOnlyList<IDisposable?> items) =>
        Run(items.Count, i => items[i]?.Dispose());
}
