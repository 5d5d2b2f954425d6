using System;
using System.Net;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Interop;

/// <summary>
/// A TCP socket that never blocks, as libc has it. The framework's own socket makes threads and an epoll descriptor
/// with the first one of a process, and aborts the process where the kernel refuses them. Not thread-safe.
/// </summary>
internal sealed unsafe class TcpSocket : IDisposable
{
    private const int Flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

    private readonly SafeFileDescriptor _descriptor;

    private TcpSocket(SafeFileDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>The descriptor's number, for poll(2).</summary>
    internal int Number => (int)_descriptor.DangerousGetHandle();

    /// <summary>Listens at an address.</summary>
    /// <param name="endPoint">The address; IPv6 takes no IPv4-mapped address.</param>
    /// <param name="backlog">The maximum number of connections that wait to be accepted.</param>
    /// <exception cref="DescriptorException">The kernel refused.</exception>
    internal static TcpSocket Listen(IPEndPoint endPoint, int backlog)
    {
        SocketAddress address = endPoint.Serialize();
        bool is6 = endPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        int number = Libc.socket(is6 ? AF_INET6 : AF_INET, SOCK_STREAM | Flags, 0);
        ThrowIf(number < 0);
        var descriptor = new SafeFileDescriptor(number);
        try
        {
            // A port whose connections wait for late packets (TIME_WAIT) is free.
            ThrowIf(Libc.SetOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) != Errno.None);
            ThrowIf(is6 && Libc.SetOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1) != Errno.None);
            fixed (byte* addr = address.Buffer.Span)
            {
                ThrowIf(Libc.bind(descriptor, addr, (uint)address.Size) != 0);
            }

            ThrowIf(Libc.listen(descriptor, backlog) != 0);
            return new TcpSocket(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>The own address and port.</summary>
    /// <param name="family">An address of the socket's family.</param>
    /// <exception cref="DescriptorException">The kernel refused.</exception>
    internal IPEndPoint LocalEndPoint(IPEndPoint family)
    {
        SocketAddress address = family.Serialize();
        uint length = (uint)address.Size;
        fixed (byte* addr = address.Buffer.Span)
        {
            ThrowIf(Libc.getsockname(_descriptor, addr, &length) != 0);
        }

        return (IPEndPoint)family.Create(address);
    }

    /// <summary>Accepts a connection; null if there is none or the kernel has no descriptor for it.</summary>
    internal TcpSocket? Accept()
    {
        int number = Libc.accept4(_descriptor, null, null, Flags);
        return number < 0 ? null : new TcpSocket(new SafeFileDescriptor(number));
    }

    /// <summary>Receives what is there.</summary>
    /// <returns>The number of bytes; 0 at the end, and on an error.</returns>
    internal int Receive(Span<byte> buffer, out Errno errno)
    {
        fixed (byte* data = buffer)
        {
            nint count = Libc.recvfrom(_descriptor, data, (nuint)buffer.Length, 0, null, null);
            errno = count < 0 ? Libc.LastError : Errno.None;
            return (int)Math.Max(count, 0);
        }
    }

    /// <summary>Sends what fits.</summary>
    /// <returns>The number of bytes; 0 on an error.</returns>
    internal int Send(ReadOnlySpan<byte> bytes, out Errno errno)
    {
        fixed (byte* data = bytes)
        {
            nint count = Libc.sendto(_descriptor, data, (nuint)bytes.Length, MSG_NOSIGNAL, null, 0);
            errno = count < 0 ? Libc.LastError : Errno.None;
            return (int)Math.Max(count, 0);
        }
    }

    /// <summary>Ends sending, so that the other side sees the end.</summary>
    internal Errno EndSending() => Libc.shutdown(_descriptor, SHUT_WR) == 0 ? Errno.None : Libc.LastError;

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private static void ThrowIf(bool isRefused)
    {
        if (isRefused)
        {
            throw new DescriptorException("Listening", Libc.LastError);
        }
    }
}
