using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>
/// Reads the answer to <c>get=1</c> of WireGuard's cross-platform interface, line by line: <c>key=value</c>, a peer
/// from each <c>public_key</c> on, <c>errno</c> last. Unknown keys are skipped; secrets are never stored.
/// </summary>
/// <param name="path">The socket's path, for errors.</param>
internal sealed class UapiReply(string path)
{
    private const int KeyLength = 32;

    internal List<WireGuardPeerDraft> Peers { get; } = [];

    /// <summary>The error number that ends the answer; null until then.</summary>
    internal long? ErrorNumber { get; private set; }

    /// <summary>Reads one line, without its line feed.</summary>
    /// <exception cref="TunStatsException">The line does not follow the protocol.</exception>
    internal void ReadLine(ReadOnlySpan<byte> line)
    {
        int equals = line.IndexOf((byte)'=');
        if (equals <= 0)
        {
            throw Invalid("a line is not of the form key=value");
        }

        ReadOnlySpan<byte> key = line[..equals];
        ReadOnlySpan<byte> value = line[(equals + 1)..];
        if (key.SequenceEqual("errno"u8))
        {
            ErrorNumber = Number<long>(key, value);
        }
        else if (key.SequenceEqual("public_key"u8))
        {
            Peers.Add(new WireGuardPeerDraft(Key(value)));
        }
        else if (Peers.Count > 0)
        {
            ReadPeerLine(Peers[^1], key, value);
        }
    }

    private void ReadPeerLine(WireGuardPeerDraft peer, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("endpoint"u8))
        {
            peer.Endpoint = AddrPort.TryParse(value, out AddrPort endpoint, out _)
                ? endpoint
                : throw InvalidValue(key, value);
        }
        else if (key.SequenceEqual("last_handshake_time_sec"u8))
        {
            peer.HandshakeSeconds = Number<long>(key, value);
            if (!WireGuardPeerDraft.IsTime(peer.HandshakeSeconds, 0))
            {
                throw InvalidValue(key, value);
            }
        }
        else if (key.SequenceEqual("last_handshake_time_nsec"u8))
        {
            long nanoseconds = Number<long>(key, value);
            peer.HandshakeNanoseconds = WireGuardPeerDraft.IsTime(0, nanoseconds)
                ? (int)nanoseconds
                : throw InvalidValue(key, value);
        }
        else if (key.SequenceEqual("rx_bytes"u8))
        {
            peer.RxBytes = Number<ulong>(key, value);
        }
        else if (key.SequenceEqual("tx_bytes"u8))
        {
            peer.TxBytes = Number<ulong>(key, value);
        }
        else if (key.SequenceEqual("allowed_ip"u8))
        {
            peer.Allowed.Add(IpPrefix.TryParse(Encoding.UTF8.GetString(value), out IpPrefix prefix)
                ? prefix.Masked()
                : throw InvalidValue(key, value));
        }
    }

    private T Number<T>(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        where T : struct, IUtf8SpanParsable<T> =>
        T.TryParse(value, CultureInfo.InvariantCulture, out T number) ? number : throw InvalidValue(key, value);

    private byte[] Key(ReadOnlySpan<byte> hexadecimal)
    {
        byte[] key = new byte[KeyLength];
        bool valid = hexadecimal.Length == 2 * KeyLength;
        for (int i = 0; valid && i < KeyLength; i++)
        {
            valid = Utf8Parser.TryParse(hexadecimal.Slice(2 * i, 2), out key[i], out int used, 'x') && used == 2;
        }

        return valid ? key : throw InvalidValue("public_key"u8, hexadecimal);
    }

    private TunStatsException InvalidValue(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        const int Shown = 64;
        string text = PrintableText.Escape(Encoding.UTF8.GetString(value[..Math.Min(Shown, value.Length)]));
        return Invalid($"'{text}' is not a valid {Encoding.UTF8.GetString(key)}");
    }

    private TunStatsException Invalid(string what) => PeerErrors.InvalidReply(path, what);
}
