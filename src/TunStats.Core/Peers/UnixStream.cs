using System;
using System.Text;
using System.Threading;
using TunStats.Interop;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Peers;

/// <summary>
/// A connection to a Unix socket for one request and its answer, with one time limit for both. Not thread-safe.
/// </summary>
internal sealed class UnixStream : IDisposable
{
    private readonly string _path;
    private readonly TimeSpan _limit;
    private readonly SafeFileDescriptor _socket;
    private readonly DescriptorWait _wait;

    private UnixStream(string path, TimeSpan limit, SafeFileDescriptor socket, TimeProvider timeProvider)
    {
        _path = path;
        _limit = limit;
        _socket = socket;
        _wait = new DescriptorWait(timeProvider);
        _wait.Start(limit);
    }

    /// <summary>Connects.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="limit">The time limit of request and answer.</param>
    /// <param name="timeProvider">The clock of the limit.</param>
    /// <returns>The connection; null if nothing listens.</returns>
    /// <exception cref="TunStatsException">The socket may not be used, or fails.</exception>
    internal static UnixStream? TryConnect(string path, TimeSpan limit, TimeProvider timeProvider)
    {
        // A path that starts with NUL would be an abstract socket, which no source of peers uses.
        int length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or >= sockaddr_un.UNIX_PATH_MAX || path.Contains('\0', StringComparison.Ordinal))
        {
            throw length == 0 || path.Contains('\0', StringComparison.Ordinal)
                ? PeerErrors.NotThere(path)
                : PeerErrors.PathLength(path, sockaddr_un.UNIX_PATH_MAX - 1);
        }

        int descriptor = Libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (descriptor < 0)
        {
            throw PeerErrors.Socket("socket", path, Libc.LastError);
        }

        var socket = new SafeFileDescriptor(descriptor);
        Errno errno = Connect(socket, path);
        switch (errno)
        {
            case Errno.None:
                return new UnixStream(path, limit, socket, timeProvider);
            case Errno.ENOENT or Errno.ENOTDIR or Errno.ECONNREFUSED:
                socket.Dispose();
                return null;
            default:
                socket.Dispose();
                throw PeerErrors.Socket("connect", path, errno);
        }
    }

    /// <summary>Sends all bytes.</summary>
    /// <exception cref="TunStatsException">The socket failed, or timed out.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal unsafe void Send(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        fixed (byte* data = bytes)
        {
            int sent = 0;
            while (sent < bytes.Length)
            {
                nint count = Libc.sendto(_socket, data + sent, (nuint)(bytes.Length - sent), MSG_NOSIGNAL, null, 0);
                if (count >= 0)
                {
                    sent += (int)count;
                    continue;
                }

                Errno errno = Libc.LastError;
                if (errno == Errno.EAGAIN)
                {
                    Wait(forRoom: true, cancellationToken);
                }
                else if (errno is Errno.EPIPE or Errno.ECONNRESET)
                {
                    // The peer closed early; its answer so far can still be received.
                    return;
                }
                else if (errno != Errno.EINTR)
                {
                    throw PeerErrors.Socket("sendto", _path, errno);
                }
            }
        }
    }

    /// <summary>Receives the available bytes; waits if there are none.</summary>
    /// <returns>The number of bytes; 0 at the end of the answer.</returns>
    /// <exception cref="TunStatsException">The socket failed, or timed out.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal unsafe int Receive(Span<byte> buffer, CancellationToken cancellationToken)
    {
        fixed (byte* data = buffer)
        {
            while (true)
            {
                // All waits share one limit, so that an answer byte by byte does not extend it.
                Wait(forRoom: false, cancellationToken);
                nint count = Libc.read(_socket, data, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                Errno errno = Libc.LastError;
                if (errno == Errno.ECONNRESET)
                {
                    return 0;
                }

                if (errno is not (Errno.EAGAIN or Errno.EINTR))
                {
                    throw PeerErrors.Socket("read", _path, errno);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _wait.Dispose();
    }

    private static unsafe Errno Connect(SafeFileDescriptor socket, string path)
    {
        sockaddr_un address = new() { sun_family = AF_UNIX };
        Encoding.UTF8.GetBytes(path, new Span<byte>(address.sun_path, sockaddr_un.UNIX_PATH_MAX - 1));
        while (Libc.connect(socket, &address, (uint)sizeof(sockaddr_un)) != 0)
        {
            Errno errno = Libc.LastError;
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }

        return Errno.None;
    }

    private void Wait(bool forRoom, CancellationToken cancellationToken)
    {
        bool ready;
        try
        {
            ready = forRoom ? _wait.Writable(_socket, cancellationToken) : _wait.Readable(_socket, cancellationToken);
        }
        catch (DescriptorException e)
        {
            throw PeerErrors.Socket("A wait", _path, e.Errno);
        }

        if (!ready)
        {
            throw PeerErrors.Timeout(_path, _limit);
        }
    }
}
