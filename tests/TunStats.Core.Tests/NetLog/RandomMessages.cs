using System;
using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;

namespace TunStats.Tests.NetLog;

/// <summary>Messages of random content, odd texts and extreme numbers included; the same for the same seed.</summary>
internal static class RandomMessages
{
    private static readonly string[] Words =
    [
        "", "n123CNTL", "peer.tail.ts.net", "linux", "tag:a", "a\"b\\c\n\u0001", "\u00e9\u20ac\ud83d\ude00",
        "</script>&",
    ];

    public static NetLogMessage Next(Random random) => new()
    {
        NodeId = Word(random),
        StartTime = Time(random, 0),
        EndTime = Time(random, 1_000_000_000),
        SrcNode = random.Next(2) == 0 ? Node(random) : null,
        DstNodes = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Node(random))],
        VirtualTraffic = Entries(random, random.Next(5)),
        SubnetTraffic = Entries(random, random.Next(3)),
        ExitTraffic = Entries(random, random.Next(3)),

        // A message without any list is none.
        PhysicalTraffic = Entries(random, random.Next(3) + 1),
    };

    public static ConnectionCounts[] Entries(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Entry(random))];

    public static ConnectionCounts Entry(Random random) => new(
        (byte)random.Next(256),
        End(random),
        End(random),
        new FlowCounts(Count(random), Count(random), Count(random), Count(random)));

    private static NanoTime Time(Random random, long offset) => NanoTime.FromUnix(
        random.Next(1_000_000_000) + offset, random.Next(3) == 0 ? 0 : random.Next(1_000_000_000));

    private static NetLogNode Node(Random random) => new()
    {
        NodeId = Word(random),
        Name = Word(random),
        AddressValues = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Address(random))],
        OS = Word(random),
        User = Word(random),
        Tags = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Word(random))],
    };

    private static string Word(Random random) => Words[random.Next(Words.Length)];

    private static ulong Count(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64),
    };

    private static AddrPort End(Random random) =>
        random.Next(10) == 0 ? default : new AddrPort(Address(random), (ushort)random.Next(65536));

    private static IpAddr Address(Random random)
    {
        ulong low = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        return random.Next(8) switch
        {
            0 => IpAddr.FromIPv6((ulong)random.NextInt64(long.MinValue, long.MaxValue), low),
            1 => IpAddr.FromIPv6(0xfd7a_115c_a1e0_0000, low >> 48),
            2 => IpAddr.FromIPv6(0, 0xffff_0000_0000UL | (uint)low),
            3 => IpAddr.FromIPv6(0xfe80_0000_0000_0000, low).WithZone(Words[1 + random.Next(Words.Length - 1)]),
            _ => IpAddr.FromIPv4((uint)low),
        };
    }
}
