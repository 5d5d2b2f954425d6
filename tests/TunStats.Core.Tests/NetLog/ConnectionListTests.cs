using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Flows;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.NetLog;

/// <summary>Connections of a window: sorted, summed up, in memory once.</summary>
public sealed class ConnectionListTests
{
    private readonly ConnectionList _list = new();

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(5_000)]
    public void EqualConnectionsAreSummedUpInAnyOrder(int connections)
    {
        var random = new Random(1);
        var expected = new Dictionary<int, ulong>();
        for (int i = 0; i < 20_000; i++)
        {
            int number = random.Next(connections);
            expected[number] = expected.GetValueOrDefault(number) + (ulong)i;
            _list.Add(Entry(number, (ulong)i), int.MaxValue);
        }

        ConnectionCounts[] taken = _list.Take();
        Assert.Equal(expected.Count, taken.Length);
        Assert.Equal(taken.Order(), taken);
        Assert.All(taken, entry => Assert.Equal(expected[entry.SrcEndpoint.Port], entry.TxBytes));
        Assert.True(_list.IsEmpty);
        Assert.Empty(_list.Take());
    }

    [Fact]
    public void WindowLikeTheLastOneTakesTheMemoryOfItsMessageAlone()
    {
        const int Count = 10_000;
        Fill();
        _list.Take();
        ConnectionCounts[] taken = [];
        long allocated = Allocation.Least(() =>
        {
            Fill();
            taken = _list.Take();
        });
        long needed = Allocation.Least(() => GC.KeepAlive(new ConnectionCounts[Count]));
        Assert.Equal(Count, taken.Length);
        Assert.InRange(allocated, needed, needed + 1024);

        void Fill()
        {
            for (int i = 0; i < Count; i++)
            {
                _list.Add(Entry(i, 1), Count - i);
            }
        }
    }

    private static ConnectionCounts Entry(int number, ulong bytes) => new(
        IpProtocol.Udp,
        new AddrPort(IpAddr.FromIPv4(0x64400001u), (ushort)number),
        new AddrPort(IpAddr.FromIPv4(0x64400002u), 53),
        new FlowCounts(1, bytes, 0, 0));
}
