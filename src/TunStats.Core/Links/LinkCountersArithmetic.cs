using System;
using System.Runtime.InteropServices;
using TunStats.Interop;

namespace TunStats.Links;

/// <summary>Differences and sums over all counters at once. Nothing here is ever negative or wraps.</summary>
internal static class LinkCountersArithmetic
{
    /// <summary>What every counter gained between two readings of one device.</summary>
    /// <param name="earlier">The earlier reading.</param>
    /// <param name="later">The later one.</param>
    /// <param name="reset">Whether any counter went down.</param>
    /// <returns>
    /// The increases. A counter that went down began again from 0, so its new value is what it gained; each counter is
    /// judged by itself, because a driver that corrects one of them has not counted all the others anew.
    /// </returns>
    internal static LinkCounters Increase(in LinkCounters earlier, in LinkCounters later, out bool reset)
    {
        rtnl_link_stats64 increase = default;
        Span<ulong> gained = Writable(ref increase);
        ReadOnlySpan<ulong> from = ReadOnly(in earlier.Raw);
        ReadOnlySpan<ulong> to = ReadOnly(in later.Raw);
        reset = false;
        for (int i = 0; i < gained.Length; i++)
        {
            bool down = to[i] < from[i];
            gained[i] = down ? to[i] : to[i] - from[i];
            reset |= down;
        }

        return new LinkCounters(increase, later.HasRxOtherHostDropped);
    }

    /// <summary>The sum of two sets of counters; each stays at 2^64-1 where it would go beyond.</summary>
    internal static LinkCounters Sum(in LinkCounters left, in LinkCounters right)
    {
        rtnl_link_stats64 sum = default;
        Span<ulong> total = Writable(ref sum);
        ReadOnlySpan<ulong> a = ReadOnly(in left.Raw);
        ReadOnlySpan<ulong> b = ReadOnly(in right.Raw);
        for (int i = 0; i < total.Length; i++)
        {
            total[i] = SaturatingAdd(a[i], b[i]);
        }

        return new LinkCounters(sum, left.HasRxOtherHostDropped || right.HasRxOtherHostDropped);
    }

    /// <summary>The sum of two counters, 2^64-1 where it would go beyond.</summary>
    internal static ulong SaturatingAdd(ulong left, ulong right)
    {
        ulong sum = unchecked(left + right);
        return sum < left ? ulong.MaxValue : sum;
    }

    private static Span<ulong> Writable(ref rtnl_link_stats64 stats) =>
        MemoryMarshal.Cast<rtnl_link_stats64, ulong>(MemoryMarshal.CreateSpan(ref stats, 1));

    private static ReadOnlySpan<ulong> ReadOnly(in rtnl_link_stats64 stats) =>
        MemoryMarshal.Cast<rtnl_link_stats64, ulong>(new ReadOnlySpan<rtnl_link_stats64>(in stats));
}
