using System;
using System.Buffers;
using System.Linq;
using System.Threading;

namespace TunStats.Peers;

/// <summary>
/// The peers of a WireGuard process (wireguard-go, boringtun), over the socket of WireGuard's cross-platform interface.
/// It needs write permission on the socket. The private key in the answer is never stored.
/// </summary>
/// <param name="device">The device's name.</param>
/// <param name="socketPath">The socket's path; null for the one that WireGuard's tools use.</param>
/// <param name="timeProvider">The clock; null for the system's.</param>
internal sealed class UserspaceWireGuardSource(
    string device, string? socketPath = null, TimeProvider? timeProvider = null) : IPeerSource
{
    private const string DefaultDirectory = "/var/run/wireguard";
    private const int MaxLineLength = 4096;
    private const long MaxReplyLength = 64 << 20;

    private readonly string _path = socketPath ?? DefaultPath(device);
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;

    /// <inheritdoc/>
    public string Device { get; } = device;

    /// <inheritdoc/>
    public PeerSourceKind Kind => PeerSourceKind.UserspaceWireGuard;

    /// <summary>The time limit of a reading; default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where the socket of a device is by default.</summary>
    /// <param name="device">The device's name.</param>
    public static string DefaultPath(string device) => $"{DefaultDirectory}/{device}.sock";

    /// <inheritdoc/>
    public TunPeerSnapshot? Read(CancellationToken cancellationToken = default)
    {
        using UnixStream? stream = UnixStream.TryConnect(_path, Timeout, _timeProvider);
        if (stream is null)
        {
            return null;
        }

        stream.Send("get=1\n\n"u8, cancellationToken);
        var reply = new UapiReply(_path);
        ReadLines(stream, reply, cancellationToken);
        if (reply.ErrorNumber != 0)
        {
            throw PeerErrors.Refused(_path, $"error number {reply.ErrorNumber}");
        }

        DateTime now = _timeProvider.GetUtcNow().UtcDateTime;
        return new TunPeerSnapshot
        {
            Device = Device,
            Source = Kind,
            Timestamp = now,
            Peers = [.. reply.Peers.Select(peer => peer.ToPeer(Device, Kind, now))],
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Each reading opens a new connection, so that a restarted process is found.
    }

    private void ReadLines(UnixStream stream, UapiReply reply, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * MaxLineLength);
        try
        {
            int length = 0;
            long total = 0;
            while (true)
            {
                int received = stream.Receive(buffer.AsSpan(length), cancellationToken);
                if (received == 0)
                {
                    throw PeerErrors.InvalidReply(_path, "it ends before its last line (errno)");
                }

                length += received;
                total += received;
                if (total > MaxReplyLength)
                {
                    throw PeerErrors.TooLong(_path, MaxReplyLength);
                }

                int used = ReadLines(buffer.AsSpan(0, length), reply);
                if (reply.ErrorNumber is not null)
                {
                    return;
                }

                buffer.AsSpan(used, length - used).CopyTo(buffer);
                length -= used;
                if (length > MaxLineLength)
                {
                    throw PeerErrors.InvalidReply(_path, $"a line is longer than {MaxLineLength} bytes");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>Reads the complete lines of the buffer.</summary>
    /// <returns>The number of bytes read.</returns>
    private static int ReadLines(ReadOnlySpan<byte> bytes, UapiReply reply)
    {
        int used = 0;
        while (reply.ErrorNumber is null && bytes[used..].IndexOf((byte)'\n') is int length && length >= 0)
        {
            reply.ReadLine(bytes.Slice(used, length));
            used += length + 1;
        }

        return used;
    }
}
