using System;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Netlink;

/// <summary>
/// A netlink socket of this kernel. It enables extended acks, capped acks and strict checks where the kernel supports
/// them.
/// </summary>
internal sealed class NetlinkSocket : INetlinkSocket
{
    private readonly SafeFileDescriptor _socket;
    private readonly DescriptorWait _wait;

    private NetlinkSocket(SafeFileDescriptor socket, TimeProvider timeProvider)
    {
        _socket = socket;
        _wait = new DescriptorWait(timeProvider);
    }

    /// <inheritdoc/>
    public uint PortId { get; private set; }

    /// <summary>Opens and binds a socket.</summary>
    /// <param name="protocol">The netlink family, such as NETLINK_ROUTE (0).</param>
    /// <param name="networkNamespace">The namespace to ask; null for the caller's own.</param>
    /// <param name="timeProvider">The clock of time limits; null for the system's.</param>
    /// <exception cref="NetlinkException">The kernel gave no socket.</exception>
    /// <exception cref="TunStatsException">The namespace cannot be entered.</exception>
    public static NetlinkSocket Open(
        int protocol, NetworkNamespace? networkNamespace = null, TimeProvider? timeProvider = null)
    {
        const int Type = SOCK_RAW | SOCK_CLOEXEC;
        SafeFileDescriptor descriptor = networkNamespace is null
            ? OpenHere(protocol)
            : networkNamespace.OpenSocket(AF_NETLINK, Type, protocol);
        var socket = new NetlinkSocket(descriptor, timeProvider ?? TimeProvider.System);
        try
        {
            socket.SetOptions();
            socket.Bind();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        static SafeFileDescriptor OpenHere(int protocol)
        {
            int descriptor = Libc.socket(AF_NETLINK, Type, protocol);
            if (descriptor < 0)
            {
                NetlinkThrow.Socket("socket", Libc.LastError);
            }

            return new SafeFileDescriptor(descriptor);
        }
    }

    /// <inheritdoc/>
    public unsafe void Send(ReadOnlySpan<byte> datagram)
    {
        sockaddr_nl kernel = new() { nl_family = AF_NETLINK };
        fixed (byte* data = datagram)
        {
            while (Libc.sendto(_socket, data, (nuint)datagram.Length, 0, &kernel, (uint)sizeof(sockaddr_nl)) < 0)
            {
                Errno errno = Libc.LastError;
                if (errno != Errno.EINTR)
                {
                    NetlinkThrow.Socket("sendto", errno);
                }
            }
        }
    }

    /// <inheritdoc/>
    public int Receive(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // sendto returns after the answer is queued, so the first try nearly always has one.
        int length = TryReceive(buffer);
        return length >= 0 || timeout == TimeSpan.Zero ? length : Wait(buffer, timeout, cancellationToken);
    }

    /// <inheritdoc/>
    public void JoinGroup(uint group)
    {
        Errno errno = Libc.SetOption(_socket, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, (int)group);
        if (errno != Errno.None)
        {
            NetlinkThrow.Socket($"Joining group {group}", errno);
        }
    }

    /// <summary>Asks for a larger receive queue; the kernel may grant less.</summary>
    /// <param name="bytes">The size of the receive queue in bytes, as the kernel counts them.</param>
    public void RequestReceiveQueue(int bytes)
    {
        // SO_RCVBUFFORCE may exceed net.core.rmem_max where the process is privileged; SO_RCVBUF is capped. A smaller
        // queue is not an error: ENOBUFS reports a full one.
        if (Libc.SetOption(_socket, SOL_SOCKET, SO_RCVBUFFORCE, bytes) != Errno.None)
        {
            _ = Libc.SetOption(_socket, SOL_SOCKET, SO_RCVBUF, bytes);
        }
    }

    /// <summary>
    /// Makes the kernel keep and resend events that do not fit the queue; connection tracking does so for connections
    /// that end, other families may not.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    internal void RequestRedelivery()
    {
        Errno errno = Libc.SetOption(_socket, SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1);
        if (errno != Errno.None)
        {
            NetlinkThrow.Socket("NETLINK_BROADCAST_ERROR", errno);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _wait.Dispose();
    }

    private void SetOptions()
    {
        // ENOPROTOOPT of an older kernel (EXT_ACK 4.12, CAP_ACK 4.3, GET_STRICT_CHK 4.20) is fine: acks and checks are
        // then plain.
        _ = Libc.SetOption(_socket, SOL_NETLINK, NETLINK_EXT_ACK, 1);
        _ = Libc.SetOption(_socket, SOL_NETLINK, NETLINK_CAP_ACK, 1);
        _ = Libc.SetOption(_socket, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    }

    private unsafe void Bind()
    {
        sockaddr_nl address = new() { nl_family = AF_NETLINK };
        uint length = (uint)sizeof(sockaddr_nl);
        if (Libc.bind(_socket, &address, length) < 0)
        {
            NetlinkThrow.Socket("bind", Libc.LastError);
        }

        if (Libc.getsockname(_socket, &address, &length) < 0)
        {
            NetlinkThrow.Socket("getsockname", Libc.LastError);
        }

        PortId = address.nl_pid;
    }

    private bool IsReadable(CancellationToken cancellationToken)
    {
        try
        {
            return _wait.Readable(_socket, cancellationToken);
        }
        catch (DescriptorException e)
        {
            NetlinkThrow.Wait(e);
            throw;
        }
    }

    private int Wait(Span<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        _wait.Start(timeout);
        while (true)
        {
            if (!IsReadable(cancellationToken))
            {
                return -1;
            }

            int length = TryReceive(buffer);
            if (length >= 0)
            {
                return length;
            }
        }
    }

    /// <summary>Receives a queued datagram; -1 where there is none or it is not from the kernel.</summary>
    private unsafe int TryReceive(Span<byte> buffer)
    {
        fixed (byte* data = buffer)
        {
            while (true)
            {
                sockaddr_nl sender;
                uint senderLength = (uint)sizeof(sockaddr_nl);
                nint length = Libc.recvfrom(
                    _socket, data, (nuint)buffer.Length, MSG_TRUNC | MSG_DONTWAIT, &sender, &senderLength);
                if (length >= 0)
                {
                    // Only port 0 is the kernel; other processes can send to this socket too.
                    if (sender.nl_pid == 0)
                    {
                        return (int)length;
                    }

                    continue;
                }

                Errno errno = Libc.LastError;
                switch (errno)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return -1;
                    default:
                        NetlinkThrow.Socket("recvfrom", errno);
                        break;
                }
            }
        }
    }
}
