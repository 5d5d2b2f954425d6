using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TunStats.Interop;

namespace TunStats.Links;

/// <summary>Differences and sums over all counters at once. Nothing here is ever negative or wraps.</summary>
internal static class LinkCountersArithmetic
{
    private static nuint Counters => (nuint)(Unsafe.SizeOf<rtnl_link_stats64>() / sizeof(ulong));

    /// <summary>The increase of every counter between two readings of one device.</summary>
    /// <param name="earlier">The earlier reading.</param>
    /// <param name="later">The later one.</param>
    /// <param name="reset">Whether any counter decreased.</param>
    /// <returns>
    /// The increases. A counter that decreased was reset, so its new value is the increase. Each counter is judged
    /// separately, because a driver that corrects one of them has not reset the others.
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

    /// <summary>The sum of two sets of counters; each saturates at 2^64-1.</summary>
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

    /// <summary>
    /// Computes increases and totals in one pass.
    /// </summary>
    /// <param name="earlier">The earlier reading.</param>
    /// <param name="later">The later one; has the same counters as the others.</param>
    /// <param name="increase">Receives the increases.</param>
    /// <param name="totals">Receives the totals.</param>
    /// <returns>Whether any counter decreased.</returns>
    internal static bool Advance(
        in LinkCounters earlier, in LinkCounters later, ref LinkCounters increase, ref LinkCounters totals)
    {
        if (increase.HasRxOtherHostDropped != later.HasRxOtherHostDropped)
        {
            increase = later;
        }

        ref ulong from = ref Numbers(in earlier);
        ref ulong to = ref Numbers(in later);
        ref ulong gained = ref Numbers(in increase);
        ref ulong sums = ref Numbers(in totals);
        Vector256<ulong> anyDown = default;
        nuint i = 0;
        for (; i + (nuint)Vector256<ulong>.Count <= Counters; i += (nuint)Vector256<ulong>.Count)
        {
            Vector256<ulong> now = Vector256.LoadUnsafe(ref to, i);
            Vector256<ulong> before = Vector256.LoadUnsafe(ref from, i);
            Vector256<ulong> down = Vector256.LessThan(now, before);
            Vector256<ulong> gain = now - Vector256.AndNot(before, down);
            Vector256<ulong> sum = Vector256.LoadUnsafe(ref sums, i) + gain;
            (sum | Vector256.LessThan(sum, gain)).StoreUnsafe(ref sums, i);
            gain.StoreUnsafe(ref gained, i);
            anyDown |= down;
        }

        bool reset = anyDown != default;
        for (; i < Counters; i++)
        {
            ulong now = Unsafe.Add(ref to, i), before = Unsafe.Add(ref from, i);
            ulong gain = now < before ? now : now - before;
            reset |= now < before;
            Unsafe.Add(ref gained, i) = gain;
            Unsafe.Add(ref sums, i) = SaturatingAdd(Unsafe.Add(ref sums, i), gain);
        }

        return reset;
    }

    /// <summary>The sum of two counters, saturating at 2^64-1.</summary>
    internal static ulong SaturatingAdd(ulong left, ulong right)
    {
        ulong sum = unchecked(left + right);
        return sum < left ? ulong.MaxValue : sum;
    }

    private static ref ulong Numbers(in LinkCounters counters) =>
        ref Unsafe.As<rtnl_link_stats64, ulong>(ref Unsafe.AsRef(in counters.Raw));

    private static Span<ulong> Writable(ref rtnl_link_stats64 stats) =>
        MemoryMarshal.Cast<rtnl_link_stats64, ulong>(MemoryMarshal.CreateSpan(ref stats, 1));

    private static ReadOnlySpan<ulong> ReadOnly(in rtnl_link_stats64 stats) =>
        MemoryMarshal.Cast<rtnl_link_stats64, ulong>(new ReadOnlySpan<rtnl_link_stats64>(in stats));
}
