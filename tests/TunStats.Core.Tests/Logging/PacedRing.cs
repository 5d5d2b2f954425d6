using System;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;
using TunStats.Tests.Fakes;

namespace TunStats.Tests.Logging;

/// <summary>
/// A device with some packets in each window of a manual clock. A window ends when the one before it was taken.
/// </summary>
internal sealed class PacedRing(ManualTimeProvider clock) : IPacketRing
{
    private readonly object _gate = new();
    private long _closed;
    private long _taken;
    private bool _isSent;
    private bool _hasBegun;

    public string Name => "tun0";

    public string CurrentName => Name;

    public bool IsGone => false;

    public int Returns => 0;

    public bool HasLost => false;

    /// <summary>How many packets window N has, each of a connection of its own.</summary>
    internal Func<long, int> Packets { get; init; } = _ => 1;

    /// <summary>Called when window N is over.</summary>
    internal Action<long>? OnClosed { get; set; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Says that a window was taken.</summary>
    internal void Take()
    {
        lock (_gate)
        {
            _taken++;
            Monitor.PulseAll(_gate);
        }
    }

    public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_hasBegun)
        {
            // The look for what came before the first window.
            _hasBegun = true;
            return 0;
        }

        if (timeout == TimeSpan.Zero)
        {
            Close(cancellationToken);
            return 0;
        }

        if (!_isSent)
        {
            _isSent = true;
            clock.Advance(TimeSpan.FromMilliseconds(1));
            int count = Packets(_closed);
            for (int i = 0; i < count; i++)
            {
                var key = new FlowKey(
                    IpProtocol.Udp, AddrPort.Parse($"100.64.0.1:{1000 + i}"), AddrPort.Parse("100.64.0.2:53"));
                long stamp = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
                packets[i] = new PacketRecord(key, PacketDirection.Tx, 100, stamp);
            }

            return count;
        }

        clock.Advance(timeout);
        return 0;
    }

    public PacketRingStatistics ReadStatistics() => new(0, 0, 0);

    public void Dispose() => IsDisposed = true;

    private void Close(CancellationToken cancellationToken)
    {
        _isSent = false;
        OnClosed?.Invoke(++_closed);
        lock (_gate)
        {
            while (_taken < _closed - 1 && !cancellationToken.IsCancellationRequested)
            {
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(50));
            }
        }
    }
}
