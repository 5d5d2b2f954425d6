using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using TunStats.Interop;

namespace TunStats.Export;

/// <summary>Messages over TCP or TLS. A collector sends nothing back, so acknowledgements are the kernel's.</summary>
internal sealed class IpfixStreamConnection : IIpfixConnection
{
    private static readonly TimeSpan MinWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(50);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly TimeProvider _timeProvider;
    private readonly Task _reading;

    private IpfixStreamConnection(Socket socket, Stream stream, TimeProvider timeProvider)
    {
        _socket = socket;
        _stream = stream;
        _timeProvider = timeProvider;
        _reading = ReadToEndAsync(stream);
    }

    /// <inheritdoc/>
    public bool IsLossy => false;

    /// <inheritdoc/>
    public bool IsUsable => !_reading.IsCompleted && !_socket.Poll(0, SelectMode.SelectError);

    /// <summary>Connects to the first of the addresses that answers.</summary>
    /// <param name="addresses">The collector's addresses.</param>
    /// <param name="port">The collector's port.</param>
    /// <param name="tls">How TLS is spoken; null for plain TCP.</param>
    /// <param name="timeProvider">The clock of waits.</param>
    /// <param name="cancellationToken">Ends connecting.</param>
    /// <exception cref="SocketException">None answers.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">
    /// The collector's certificate is not valid, or it refuses ours.
    /// </exception>
    /// <exception cref="IOException">The collector ends the connection.</exception>
    internal static IpfixStreamConnection Open(
        IPAddress[] addresses,
        ushort port,
        SslClientAuthenticationOptions? tls,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        Socket socket = Connect(addresses, port, cancellationToken);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (tls is not null)
            {
                var secure = new SslStream(stream);
                stream = secure;
                secure.AuthenticateAsClientAsync(tls, cancellationToken).GetAwaiter().GetResult();
            }

            return new IpfixStreamConnection(socket, stream, timeProvider);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        ValueTask writing = _stream.WriteAsync(message, cancellationToken);
        if (!writing.IsCompletedSuccessfully)
        {
            writing.AsTask().GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    public void Confirm(CancellationToken cancellationToken)
    {
        TimeSpan wait = MinWait;
        while (HasUnacknowledged())
        {
            ThrowIfEnded();
            Task.Delay(wait, _timeProvider, cancellationToken).GetAwaiter().GetResult();
            wait = wait < MaxWait ? wait * 2 : MaxWait;
        }

        ThrowIfEnded();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static Socket Connect(IPAddress[] addresses, ushort port, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.NoDelay = true;
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.ConnectAsync(addresses[i], port, cancellationToken).AsTask().GetAwaiter().GetResult();
                return socket;
            }
            catch (SocketException) when (i < addresses.Length - 1)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Reads what TLS sends of its own accord, and sees the end of the connection.</summary>
    private static async Task ReadToEndAsync(Stream stream)
    {
        byte[] buffer = new byte[256];
        try
        {
            while (await stream.ReadAsync(buffer).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Either is the end; who sends next reports it.
        }
    }

    private bool HasUnacknowledged()
    {
        Errno errno = Libc.GetUnacknowledgedBytes(_socket.SafeHandle, out int count);
        return errno == Errno.None ? count > 0 : throw new DescriptorException("Asking the socket", errno);
    }

    private void ThrowIfEnded()
    {
        if (!IsUsable)
        {
            throw new IOException("The collector has closed the connection.");
        }
    }
}
