using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Net;

namespace TunStats.Tests.Fakes;

/// <summary>
/// A device whose packets come at instants of a manual clock. Waiting moves the clock; packets are handed out in
/// blocks, as the kernel does: when a block's time is up, not when a packet arrives.
/// </summary>
internal sealed class FakePacketRing(ManualTimeProvider clock, string name = "tun0") : IPacketRing
{
    private static readonly TimeSpan BlockTime = TimeSpan.FromMilliseconds(10);

    private readonly Queue<(TimeSpan At, PacketRecord Packet, TimeSpan StampError)> _packets = [];
    private readonly List<(TimeSpan At, Action Do)> _steps = [];
    // Null means lost packets.
    private readonly Queue<PacketRecord?> _ready = [];
    private readonly Queue<PacketRecord?> _block = [];
    private ulong _dropped;
    private TimeSpan _now;
    private TimeSpan? _blockDue;

    public string Name { get; } = name;

    public string CurrentName { get; set; } = name;

    public bool IsGone { get; set; }

    public int Returns { get; set; }

    internal TimeSpan Now => _now;

    public bool HasLost { get; private set; }

    /// <summary>How many packets were dropped; set, it marks the place among the packets.</summary>
    internal ulong Dropped
    {
        get => _dropped;
        set
        {
            _dropped = value;
            _block.Enqueue(null);
        }
    }

    /// <summary>A packet at an instant since the start, with the wall clock of then as its stamp.</summary>
    internal void Add(TimeSpan at, ushort port, uint bytes = 100, TimeSpan stampError = default)
    {
        var key = new FlowKey(
            IpProtocol.Udp, AddrPort.Parse($"100.64.0.1:{port}"), AddrPort.Parse("100.64.0.2:53"));
        _packets.Enqueue((at, new PacketRecord(key, PacketDirection.Tx, bytes, 0), stampError));
    }

    /// <summary>Any packet, at an instant since the start.</summary>
    internal void Add(TimeSpan at, PacketRecord packet) => _packets.Enqueue((at, packet, default));

    /// <summary>Does something at an instant since the start: sets the wall clock, cancels.</summary>
    internal void At(TimeSpan at, Action step) => _steps.Add((at, step));

    public int Read(Span<PacketRecord> packets, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan end = _now + timeout;
        while (true)
        {
            int count = 0;
            while (count < packets.Length && _ready.TryPeek(out PacketRecord? packet) && (packet ?? default) is var p
                && (packet is not null || count == 0))
            {
                _ready.Dequeue();
                HasLost |= packet is null;
                packets[count] = p;
                count += packet is null ? 0 : 1;
            }

            if (count > 0 || _now >= end)
            {
                return count;
            }

            Step(end);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Lets time go by with nobody reading.</summary>
    internal void HoldUp(TimeSpan time)
    {
        TimeSpan end = _now + time;
        while (_now < end)
        {
            Step(end);
        }
    }

    public PacketRingStatistics ReadStatistics()
    {
        HasLost = false;
        return new(0, Dropped, 0);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    /// <summary>Moves to the next event, or to the end of the wait.</summary>
    private void Step(TimeSpan end)
    {
        TimeSpan next = end;
        next = _packets.TryPeek(out var packet) && packet.At < next ? packet.At : next;
        next = _blockDue < next ? _blockDue.Value : next;
        foreach ((TimeSpan at, _) in _steps)
        {
            next = at > _now && at < next ? at : next;
        }

        TimeSpan before = _now;
        clock.Advance(next - _now);
        _now = next;
        foreach ((TimeSpan at, Action step) in _steps)
        {
            if (at > before && at <= _now)
            {
                step();
            }
        }

        while (_packets.TryPeek(out packet) && packet.At <= _now)
        {
            _packets.Dequeue();
            packet.Packet.UnixNanoseconds =
                (clock.GetUtcNow() + packet.StampError - DateTimeOffset.UnixEpoch).Ticks * 100;
            _block.Enqueue(packet.Packet);
            _blockDue ??= _now + BlockTime;
        }

        if (_blockDue <= _now)
        {
            while (_block.TryDequeue(out PacketRecord? ready))
            {
                _ready.Enqueue(ready);
            }

            _blockDue = null;
        }
    }
}
