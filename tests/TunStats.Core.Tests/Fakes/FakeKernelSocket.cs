using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Tests.Fakes;

/// <summary>
/// A socket of a <see cref="FakeKernel"/>. Answers about counters are made in buffers that are used again.
/// </summary>
internal sealed class FakeKernelSocket(FakeKernel kernel) : INetlinkSocket
{
    private readonly Queue<byte[]> _queue = new();
    private readonly Stack<byte[]> _spareStats = new();
    private readonly Stack<byte[]> _spareDone = new();
    private bool _overrun;

    internal bool Listens { get; private set; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Thrown by the next receives, one each.</summary>
    internal Queue<Exception> ReceiveErrors { get; } = new();

    public uint PortId => 0x4321;

    internal void Enqueue(byte[] datagram) => _queue.Enqueue(datagram);

    internal void EnqueueStats(FakeLink link, uint sequence)
    {
        if (!_spareStats.TryPop(out byte[]? message))
        {
            message = NetlinkBytes.Stats(link.Index, link.Stats, sequence, PortId);
        }

        MemoryMarshal.Write(message.AsSpan(8), in sequence);
        int index = link.Index;
        MemoryMarshal.Write(message.AsSpan(20), in index);
        MemoryMarshal.Write(message.AsSpan(32), in link.Stats);
        _queue.Enqueue(message);
    }

    internal void EnqueueDone(uint sequence)
    {
        if (!_spareDone.TryPop(out byte[]? message))
        {
            message = NetlinkBytes.Done(sequence, PortId);
        }

        MemoryMarshal.Write(message.AsSpan(8), in sequence);
        _queue.Enqueue(message);
    }

    internal void Overrun()
    {
        _queue.Clear();
        _overrun = true;
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        kernel.Answer(this, datagram);
    }

    public int Receive(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (ReceiveErrors.TryDequeue(out Exception? error))
        {
            throw error;
        }

        if (_overrun)
        {
            _overrun = false;
            throw new NetlinkException(ErrorKind.NetlinkOverrun, "lost", Errno.ENOBUFS, kernelMessage: null);
        }

        if (!_queue.TryDequeue(out byte[]? datagram))
        {
            return -1;
        }

        datagram.CopyTo(buffer);
        switch (MemoryMarshal.Read<nlmsghdr>(datagram).nlmsg_type)
        {
            case RTM_NEWSTATS:
                _spareStats.Push(datagram);
                break;
            case NLMSG_DONE:
                _spareDone.Push(datagram);
                break;
        }

        return datagram.Length;
    }

    public void JoinGroup(uint group)
    {
        Xunit.Assert.Equal(RTNLGRP_LINK, group);
        Listens = true;
    }

    public void Dispose()
    {
        IsDisposed = true;
        Listens = false;
    }
}
