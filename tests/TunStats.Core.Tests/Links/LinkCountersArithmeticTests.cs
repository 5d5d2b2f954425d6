using System;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Links;
using Xunit;

namespace TunStats.Tests.Links;

/// <summary>The one pass over an ordinary reading does what the two plain ones do.</summary>
public sealed class LinkCountersArithmeticTests
{
    [Fact]
    public void AdvanceIsIncreaseAndSum()
    {
        var random = new Random(20);
        int resets = 0, ordinary = 0;
        for (int i = 0; i < 2_000; i++)
        {
            bool mayReset = i % 2 == 0;
            LinkCounters earlier = Counters(random, mayReset ? ulong.MaxValue : 1_000);
            LinkCounters later = mayReset
                ? Counters(random, ulong.MaxValue)
                : LinkCountersArithmetic.Sum(earlier, Counters(random, 1_000));
            LinkCounters totals = Counters(random, ulong.MaxValue), increase = default;
            LinkCounters expected = LinkCountersArithmetic.Increase(earlier, later, out bool reset);
            LinkCounters expectedTotals = LinkCountersArithmetic.Sum(totals, expected);

            Assert.Equal(reset, LinkCountersArithmetic.Advance(earlier, later, ref increase, ref totals));
            Assert.Equal(expected, increase);
            Assert.Equal(expectedTotals, totals);
            resets += reset ? 1 : 0;
            ordinary += reset ? 0 : 1;
        }

        Assert.True(resets > 900 && ordinary > 900);
    }

    [Fact]
    public void LastCounterAloneCanBeReset()
    {
        rtnl_link_stats64 high = default;
        MemoryMarshal.Cast<rtnl_link_stats64, ulong>(new Span<rtnl_link_stats64>(ref high))[^1] = 5;
        LinkCounters totals = default, increase = default;
        Assert.True(LinkCountersArithmetic.Advance(
            new LinkCounters(high, true), new LinkCounters(default, true), ref increase, ref totals));
        Assert.Equal(0ul, increase.RxOtherHostDropped);
    }

    private static LinkCounters Counters(Random random, ulong most)
    {
        rtnl_link_stats64 stats = default;
        foreach (ref ulong counter in MemoryMarshal.Cast<rtnl_link_stats64, ulong>(
            new Span<rtnl_link_stats64>(ref stats)))
        {
            counter = (ulong)random.NextInt64(long.MinValue, long.MaxValue) % most;
        }

        return new LinkCounters(stats, hasRxOtherHostDropped: true);
    }
}
