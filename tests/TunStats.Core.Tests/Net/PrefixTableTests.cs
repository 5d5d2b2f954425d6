using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Net;

public sealed class PrefixTableTests
{
    /// <summary>
    /// A table's answers against those of a scan over all prefixes, for addresses at and around their edges.
    /// </summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 40)]
    [InlineData(2, 40)]
    [InlineData(10, 40)]
    [InlineData(100, 20)]
    [InlineData(1000, 3)]
    public void FindsWhatALinearScanFinds(int prefixes, int tables)
    {
        for (int seed = 0; seed < tables; seed++)
        {
            Random random = new((prefixes * 1000) + seed);
            List<KeyValuePair<IpPrefix, int>> entries =
                [.. Enumerable.Range(0, prefixes).Select(i => KeyValuePair.Create(RandomPrefix(random, seed), i))];
            PrefixTable<int> table = new(entries);
            Dictionary<IpPrefix, int> distinct = [];
            entries.ForEach(entry => distinct[entry.Key.Masked()] = entry.Value);
            Assert.Equal(distinct.Count, table.Count);

            foreach (IpAddr address in Probes(random, [.. distinct.Keys], seed))
            {
                IpPrefix want = default;
                foreach (IpPrefix prefix in distinct.Keys)
                {
                    want = prefix.Contains(address) && (!want.IsValid || prefix.Length > want.Length) ? prefix : want;
                }

                Assert.Equal(want.IsValid, table.TryFind(address, out IpPrefix found, out int value));
                Assert.Equal(want.IsValid, table.Contains(address));
                Assert.Equal(want, found);
                Assert.Equal(want.IsValid ? distinct[want] : 0, value);
            }
        }
    }

    [Fact]
    public void TheDefaultRouteAnswersWhereNothingLongerDoes()
    {
        PrefixTable<string> table = new(
        [
            KeyValuePair.Create(IpPrefix.Parse("0.0.0.0/0"), "four"),
            KeyValuePair.Create(IpPrefix.Parse("::/0"), "six"),
        ]);
        Assert.True(table.TryFind(IpAddr.Parse("1.2.3.4"), out _, out string four));
        Assert.True(table.TryFind(IpAddr.Parse("::ffff:1.2.3.4"), out _, out string six));
        Assert.Equal(("four", "six"), (four, six));
        Assert.False(table.Contains(default));
        Assert.False(table.Contains(IpAddr.Parse("fe80::1%eth0")));
        Assert.Throws<ArgumentException>(() => new PrefixTable<int>([default]));
    }

    [Fact]
    public void ALargeTableTakesLittleRoom()
    {
        Random random = new(5);
        PrefixTable<int> table = new(Enumerable.Range(0, 100_000)
            .Select(i => IpAddr.FromIPv4((uint)random.NextInt64(1L << 32)))
            .Select((address, i) => KeyValuePair.Create(IpPrefix.FromAddress(address), i)));
        Assert.InRange(table.SizeInBytes, 1, 32 << 20);
    }

    [Fact]
    public void LookingUpAllocatesNothing()
    {
        PrefixTable<string> table = new(
        [
            KeyValuePair.Create(IpPrefix.Parse("10.1.2.128/25"), "four"),
            KeyValuePair.Create(IpPrefix.Parse("2001:db8::/33"), "six"),
        ]);
        IpAddr[] addresses = [IpAddr.Parse("10.1.2.200"), IpAddr.Parse("2001:db8::1"), IpAddr.Parse("9.9.9.9")];
        Count();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int found = Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200, found);

        int Count()
        {
            int count = 0;
            for (int i = 0; i < 300; i++)
            {
                count += table.TryFind(addresses[i % 3], out _, out _) ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>
    /// Prefixes of all lengths, crowded by the seed into a few networks so that many are within others.
    /// </summary>
    private static IpPrefix RandomPrefix(Random random, int seed)
    {
        IpAddr address = RandomAddress(random, seed);
        int length = random.Next(4) == 0 ? address.BitLength : random.Next(address.BitLength + 1);
        return new IpPrefix(address, length);
    }

    private static IpAddr RandomAddress(Random random, int seed)
    {
        ulong high = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        ulong low = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        if (seed % 3 == 1)
        {
            high = (high & 0x0101) | 0xfd7a_115c_a1e0_0000;
            low &= 0x8000_0000_0003_00ff;
        }
        else if (seed % 3 == 2)
        {
            high = 0x2001_0db8_0000_0000;
        }

        return random.Next(2) == 0
            ? IpAddr.FromIPv6(high, low)
            : IpAddr.FromIPv4(seed % 3 == 0 ? (uint)low : 0x0a00_0000 | ((uint)low & 0x0103_83ff));
    }

    private static IEnumerable<IpAddr> Probes(Random random, IpPrefix[] prefixes, int seed)
    {
        for (int i = 0; i < 300; i++)
        {
            yield return RandomAddress(random, seed);
        }

        foreach (IpPrefix prefix in prefixes.Take(300))
        {
            IpAddr first = prefix.Masked().Address;
            int free = first.BitLength - prefix.Length;
            UInt128 span = free == 0 ? 0 : free == 128 ? UInt128.MaxValue : (UInt128.One << free) - 1;
            UInt128 value = new(first.High, first.Low);
            foreach (UInt128 edge in (UInt128[])[value, value - 1, value + span, value + span + 1, value + (span / 3)])
            {
                yield return first.Is4
                    ? IpAddr.FromIPv4((uint)edge)
                    : IpAddr.FromIPv6((ulong)(edge >> 64), (ulong)edge);
            }
        }
    }
}
