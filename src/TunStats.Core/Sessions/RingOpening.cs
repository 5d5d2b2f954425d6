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
/// <param name="space">The devices' namespace; null for the caller's own.</param>
/// <param name="options">How.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="open">Opens a ring in place of the kernel; null for the kernel.</param>
internal sealed class RingOpening(
    NetworkNamespace? space,
    PacketRingOptions options,
    TimeProvider timeProvider,
    Func<string, IPacketRing>? open = null)
{
    private const int MaxThreads = 32;

    /// <summary>Opens the rings.</summary>
    /// <param name="devices">The names of the devices.</param>
    /// <returns>
    /// For each device, in order, what gives its ring, or throws what opening it threw. All of them are to be taken.
    /// </returns>
    internal IReadOnlyList<(string Device, Func<IPacketRing> Take)> Open(IReadOnlyList<string> devices)
    {
        var results = new (IPacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings)[devices.Count];
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
        return [.. devices.Select((device, i) => (device, (Func<IPacketRing>)(() => Take(results[i]))))];
    }

    private (IPacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings) Open(string device)
    {
        List<string> warnings = [];
        try
        {
            IPacketRing ring = open?.Invoke(device)
                ?? PacketRing.Open(device, space, timeProvider, options with { Warn = warnings.Add });
            return (ring, null, warnings);
        }
        catch (TunStatsException e)
        {
            return (null, ExceptionDispatchInfo.Capture(e), warnings);
        }
    }

    private IPacketRing Take((IPacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings) result)
    {
        result.Error?.Throw();
        result.Warnings.ForEach(warning => options.Warn?.Invoke(warning));
        return result.Ring!;
    }
}
