using System;
using System.Linq;
using System.Threading;
using TunStats.Sessions;
using Xunit;

namespace TunStats.Tests.Sessions;

public sealed class SideBySideTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void EveryNumberIsTakenOnce(int count)
    {
        int[] calls = new int[count];
        SideBySide.Run(count, i => Interlocked.Increment(ref calls[i]));
        Assert.All(calls, n => Assert.Equal(1, n));
    }

    [Fact]
    public void WhoWaitsIsCalledAndMayThrowButAllCallsEndFirst()
    {
        using var go = new ManualResetEventSlim();
        int begun = 0, ended = 0;
        Assert.Throws<InvalidOperationException>(() => SideBySide.Run(
            3,
            _ =>
            {
                go.Wait();
                Interlocked.Increment(ref ended);
            },
            done =>
            {
                go.Set();
                begun = done;
                throw new InvalidOperationException("Enough.");
            }));
        Assert.InRange(begun, 0, 3);
        Assert.Equal(3, ended);
    }

    [Fact]
    public void AllAreDisposed()
    {
        CancellationTokenSource[] sources = [.. Enumerable.Range(0, 5).Select(_ => new CancellationTokenSource())];
        SideBySide.Dispose([.. sources, null]);
        Assert.All(sources, source => Assert.Throws<ObjectDisposedException>(() => source.Token));
    }
}
