using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Net;
using Xunit;

namespace TunStats.Tests.Flows;

public sealed class FlowHashTests
{
    private const int Keys = 1 << 16;

    public static TheoryData<string> Families() => [.. Chosen.Keys];

    // Keys as one who wants them to collide, or who numbers hosts, would choose them.
    private static readonly Dictionary<string, Func<uint, FlowKey>> Chosen = new()
    {
        ["addresses in a row"] = i => Key4(0x0a000000 + i, 0x64400001, 443, 5000),
        ["the upper halves of addresses"] = i => Key4(i << 16, 0x64400001, 443, 5000),
        ["both addresses"] = i => Key4(0x0a000000 + (i >> 8), 0x0b000000 + (i & 0xff), 443, 5000),
        ["both addresses, the same sum"] = i => Key4(0x0a000000 + i, 0x0b000000 - i, 443, 5000),
        ["source ports"] = i => Key4(0x0a000001, 0x64400001, (ushort)i, 443),
        ["destination ports"] = i => Key4(0x0a000001, 0x64400001, 443, (ushort)i),
        ["both ports"] = i => Key4(0x0a000001, 0x64400001, (ushort)(i >> 8), (ushort)(i << 8)),
        ["multiples of a power of two"] = i => Key6(0x20010db8_00000000, (ulong)i << 40, 1, 2),
        ["the prefix"] = i => Key6((ulong)i << 48, 1, 1, 2),
        ["the interface identifier"] = i => Key6(0x20010db8_00000000, i, 1, 2),
        ["one bit in four words"] = i => Key6(
            (ulong)(i & 15) << 28, (ulong)((i >> 4) & 15) << 60, (ulong)((i >> 8) & 15) << 28, (ulong)(i >> 12) << 60),
        ["both ends the same"] = i => Key6(7, i, 7, i),
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void ChosenKeysSpreadLikeRandomOnes(string family)
    {
        FlowHash hash = FlowHash.Create();
        var slots = new HashSet<uint>();
        var tags = new HashSet<uint>();
        for (uint i = 0; i < Keys; i++)
        {
            ulong value = hash.Of(Chosen[family](i));
            slots.Add((uint)value % Keys);
            tags.Add((uint)(value >> 32) >> 16);
        }

        // Of n random draws from n, a share of 1 - 1/e is hit: 63.2 %, with a deviation of 0.1 %.
        Assert.InRange(slots.Count / (double)Keys, 0.61, 0.70);
        Assert.InRange(tags.Count / (double)Keys, 0.61, 0.70);
    }

    [Fact]
    public void ProcessorsWithoutVectorsHashAlikeAndTablesDiffer()
    {
        FlowHash hash = FlowHash.Create(), other = FlowHash.Create();
        int same = 0;
        foreach (FlowKey key in Chosen.Values.SelectMany(make => Enumerable.Range(0, 500).Select(i => make((uint)i))))
        {
            Assert.Equal(hash.Of(key), hash.OfWords(key));
            same += hash.Of(key) == other.Of(key) ? 1 : 0;
        }

        Assert.Equal(0, same);
    }

    private static FlowKey Key4(uint source, uint destination, ushort sourcePort, ushort destinationPort) => new(
        IpProtocol.Tcp,
        new AddrPort(IpAddr.FromIPv4(source), sourcePort),
        new AddrPort(IpAddr.FromIPv4(destination), destinationPort));

    private static FlowKey Key6(ulong sourceHigh, ulong sourceLow, ulong destinationHigh, ulong destinationLow) => new(
        IpProtocol.Tcp,
        new AddrPort(IpAddr.FromIPv6(sourceHigh, sourceLow), 1),
        new AddrPort(IpAddr.FromIPv6(destinationHigh, destinationLow), 2));
}
