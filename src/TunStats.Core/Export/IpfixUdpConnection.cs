using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace TunStats.Export;

/// <summary>
/// Messages as datagrams, at a limited rate: a collector's receive buffer holds a few hundred, a busy window has
/// thousands.
/// </summary>
internal sealed class IpfixUdpConnection : IIpfixConnection
{
    private const int Burst = 32;

    private readonly Socket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _burstTime;
    private long _burstStart;
    private int _inBurst;

    private IpfixUdpConnection(Socket socket, int messagesPerSecond, TimeProvider timeProvider)
    {
        _socket = socket;
        _timeProvider = timeProvider;
        _burstTime = messagesPerSecond == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)Burst / messagesPerSecond);
        _burstStart = timeProvider.GetTimestamp();
    }

    /// <inheritdoc/>
    public bool IsLossy => true;

    /// <inheritdoc/>
    public bool IsUsable => true;

    /// <summary>Opens a socket to one of the addresses.</summary>
    /// <exception cref="SocketException">No address can be reached.</exception>
    internal static IpfixUdpConnection Open(
        IPAddress[] addresses, ushort port, int messagesPerSecond, TimeProvider timeProvider)
    {
        for (int i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                socket.Connect(addresses[i], port);
                return new IpfixUdpConnection(socket, messagesPerSecond, timeProvider);
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

    /// <inheritdoc/>
    public void Send(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Pace(cancellationToken);
        _socket.Send(message.Span, SocketFlags.None);
    }

    /// <summary>Nothing confirms datagrams.</summary>
    public void Confirm(CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Pace(CancellationToken cancellationToken)
    {
        if (_burstTime == TimeSpan.Zero || ++_inBurst <= Burst)
        {
            return;
        }

        TimeSpan wait = _burstTime - _timeProvider.GetElapsedTime(_burstStart);
        if (wait > TimeSpan.Zero)
        {
            Task.Delay(wait, _timeProvider, cancellationToken).GetAwaiter().GetResult();
        }

        _inBurst = 1;
        _burstStart = _timeProvider.GetTimestamp();
    }
}
