using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using TunStats.Interop;
using TunStats.Netlink;

namespace TunStats.Tests.Fakes;

/// <summary>A netlink socket that answers from a script: what is sent is kept, what is queued comes back.</summary>
internal sealed class FakeNetlinkSocket : INetlinkSocket
{
    private readonly Queue<Func<byte[]>> _queue = new();

    /// <summary>Called at every send with the datagram; may queue answers to it.</summary>
    internal Action<FakeNetlinkSocket, byte[]>? OnSend { get; set; }

    /// <summary>Called with the time to wait where nothing is queued.</summary>
    internal Action<TimeSpan>? OnWait { get; set; }

    internal List<byte[]> Sent { get; } = [];

    internal List<uint> Groups { get; } = [];

    internal bool IsDisposed { get; private set; }

    public uint PortId { get; set; } = 0x1234;

    internal void Queue(params byte[][] datagrams)
    {
        foreach (byte[] datagram in datagrams)
        {
            _queue.Enqueue(() => datagram);
        }
    }

    internal void QueueError(Exception error) => _queue.Enqueue(() => throw error);

    internal static uint SequenceOf(byte[] datagram) => MemoryMarshal.Read<nlmsghdr>(datagram).nlmsg_seq;

    public void Send(ReadOnlySpan<byte> datagram)
    {
        byte[] copy = datagram.ToArray();
        Sent.Add(copy);
        OnSend?.Invoke(this, copy);
    }

    public int Receive(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queue.TryDequeue(out Func<byte[]>? next))
        {
            OnWait?.Invoke(timeout);
            return -1;
        }

        byte[] datagram = next();
        datagram.AsSpan(0, Math.Min(datagram.Length, buffer.Length)).CopyTo(buffer);
        return datagram.Length;
    }

    public void JoinGroup(uint group) => Groups.Add(group);

    public void Dispose() => IsDisposed = true;
}
