using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>A WireGuard peer while it is being read.</summary>
/// <param name="key">The public key, 32 bytes.</param>
internal sealed class WireGuardPeerDraft(byte[] key)
{
    internal byte[] Key { get; } = key;

    internal AddrPort Endpoint { get; set; }

    /// <summary>Seconds since 1970; 0 without a handshake.</summary>
    internal long HandshakeSeconds { get; set; }

    internal int HandshakeNanoseconds { get; set; }

    internal ulong RxBytes { get; set; }

    internal ulong TxBytes { get; set; }

    internal List<IpPrefix> Allowed { get; } = [];

    /// <summary>Whether a time is valid: after 1970, before the year 10000.</summary>
    internal static bool IsTime(long seconds, long nanoseconds) =>
        seconds is >= 0 and <= 253_402_300_799 && nanoseconds is >= 0 and < 1_000_000_000;

    internal TunPeer ToPeer(string device, PeerSourceKind source, DateTime timestamp) => new()
    {
        Device = device,
        Source = source,
        PublicKey = Convert.ToBase64String(Key),

        // By WireGuard's convention a single-address prefix is the peer's own address; there is no other source for it.
        AddressList =
        [
            .. Allowed.Where(prefix => prefix.IsSingleAddress).Select(prefix => prefix.Address)
                .OrderBy(address => address.Is6),
        ],
        AllowedPrefixList = Allowed.ToArray(),
        PathValue = Endpoint.IsValid ? PeerPath.Direct(Endpoint) : PeerPath.None,
        LastHandshake = HandshakeSeconds == 0 && HandshakeNanoseconds == 0
            ? null
            : NanoTime.FromUnix(HandshakeSeconds, HandshakeNanoseconds).ToDateTime(),
        RxBytes = RxBytes,
        TxBytes = TxBytes,
        Timestamp = timestamp,
    };
}
