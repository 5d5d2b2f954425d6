using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Capture;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Sessions;

/// <summary>
/// Opens the rings of several devices side by side: for each the kernel waits until all of its processors agree.
/// </summary>
internal sealed class RingOpening(NetworkNamespace? space, PacketRingOptions options, TimeProvider timeProvider)
{
    private const int MaxThreads = 32;

    /// <summary>Opens the rings.</summary>
    /// <param name="devices">The names of the devices.</param>
    /// <returns>
    /// For each device, in order, what gives its ring, or throws what opening it threw. All of them are to be taken.
    /// </returns>
    internal IReadOnlyList<(string Device, Func<PacketRing> Take)> Open(IReadOnlyList<string> devices)
    {
        var results = new (PacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings)[devices.Count];
        int next = -1;
        Thread[] threads = [.. Enumerable.Range(0, Math.Min(devices.Count, MaxThreads)).Select(_ => new Thread(() =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < results.Length;)
            {
                results[i] = Open(devices[i]);
            }
        })
        {
            IsBackground = true,
            Name = "TunStats rings",
        })];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return [.. devices.Select((device, i) => (device, (Func<PacketRing>)(() => Take(results[i]))))];
    }

    private (PacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings) Open(string device)
    {
        List<string> warnings = [];
        try
        {
            PacketRing ring = PacketRing.Open(device, space, timeProvider, options with { Warn = warnings.Add });
            return (ring, null, warnings);
        }
        catch (TunStatsException e)
        {
            return (null, ExceptionDispatchInfo.Capture(e), warnings);
        }
    }

    private PacketRing Take((PacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings) result)
    {
        result.Error?.Throw();
        result.Warnings.ForEach(warning => options.Warn?.Invoke(warning));
        return result.Ring!;
    }
}
