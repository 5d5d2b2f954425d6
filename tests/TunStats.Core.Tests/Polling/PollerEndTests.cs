using System;
using System.Linq;
using System.Threading;
using TunStats.Netlink;
using TunStats.Polling;
using TunStats.Tests.Fakes;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>How a poller begins and ends.</summary>
public sealed class PollerEndTests
{
    private readonly FakeKernel _kernel = new();
    private readonly RecordingSink _sink = new();

    [Fact]
    public void TwoPollsFifteenSecondsApartThenTwoCloses()
    {
        // What the test of Tailscale's poller does.
        var clock = new LeapingTimeProvider();
        clock.Leap = wait =>
        {
            _kernel.Set(7, "tun0", 2);
            return wait;
        };
        _kernel.Set(7, "tun0", 1);
        var poller = new LinkPoller(
            new LinkPollerOptions { Names = ["tun0"], MaxPolls = 2 }, _sink, clock, _kernel.Open);

        poller.Run(CancellationToken.None);

        Assert.Equal([1ul, 2ul], _sink.Samples.Select(s => s.Stats.TxDropped));
        Assert.Equal(TimeSpan.FromSeconds(15), _sink.Samples[1].Elapsed);
        Assert.Equal(2ul, poller.Devices.Single().TxDroppedTotal);
        poller.Dispose();
        poller.Dispose();
        Assert.Equal(0, _kernel.OpenSockets);
    }

    [Fact]
    public void StopEndsAPollThatWaitsForTheKernel()
    {
        using var entered = new ManualResetEventSlim();
        using var source = new CancellationTokenSource();
        using var poller = new LinkPoller(
            new LinkPollerOptions { Names = ["tun0"] }, _sink, TimeProvider.System, () => new MuteSocket(entered));
        Exception? ending = null;
        var thread = new Thread(() => ending = Record.Exception(() => poller.Run(source.Token)));
        thread.Start();
        Assert.True(entered.Wait(TimeSpan.FromMinutes(1)));

        source.Cancel();

        Assert.True(thread.Join(TimeSpan.FromMinutes(1)));
        Assert.IsAssignableFrom<OperationCanceledException>(ending);
        Assert.Empty(_sink.Samples);
        Assert.Empty(_sink.Errors);
    }

    /// <summary>The socket of a kernel that never answers.</summary>
    private sealed class MuteSocket(ManualResetEventSlim entered) : INetlinkSocket
    {
        public uint PortId => 1;

        public void Send(ReadOnlySpan<byte> datagram)
        {
        }

        public int Receive(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
        {
            if (timeout == TimeSpan.Zero)
            {
                return -1;
            }

            entered.Set();
            cancellationToken.WaitHandle.WaitOne();
            cancellationToken.ThrowIfCancellationRequested();
            return -1;
        }

        public void JoinGroup(uint group)
        {
        }

        public void Dispose()
        {
        }
    }
}
