using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using TunStats.Routes;
using static TunStats.Interop.GenericNetlinkConstants;

namespace TunStats.Peers;

/// <summary>
/// Collects the messages of a WG_CMD_GET_DEVICE dump. A device with many peers takes several messages; a peer whose
/// prefixes do not fit continues at the start of the next one, with the same key.
/// </summary>
internal sealed class WireGuardDump(string device)
{
    internal List<WireGuardPeerDraft> Peers { get; } = [];

    /// <summary>The device's own public key; null if it has none.</summary>
    internal byte[]? PublicKey { get; private set; }

    internal void Clear()
    {
        Peers.Clear();
        PublicKey = null;
    }

    internal void Read(scoped in NetlinkMessage message)
    {
        message.ReadFixed<genlmsghdr>(out ReadOnlySpan<byte> bytes);
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case WGDEVICE_A_PUBLIC_KEY:
                    PublicKey = Key(attributes.Value);
                    break;
                case WGDEVICE_A_PEERS:
                    ReadPeers(attributes.Value);
                    break;
            }
        }
    }

    private void ReadPeers(ReadOnlySpan<byte> list)
    {
        var peers = new NetlinkAttributeReader(list);
        while (peers.Read())
        {
            ReadPeer(peers.Value);
        }
    }

    private void ReadPeer(ReadOnlySpan<byte> bytes)
    {
        WireGuardPeerDraft peer = FindOrAdd(bytes);
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case WGPEER_A_ENDPOINT:
                    peer.Endpoint = Endpoint(attributes.Value);
                    break;
                case WGPEER_A_LAST_HANDSHAKE_TIME:
                    __kernel_timespec time =
                        attributes.ReadNumber<__kernel_timespec>(nameof(WGPEER_A_LAST_HANDSHAKE_TIME));
                    if (!WireGuardPeerDraft.IsTime(time.tv_sec, time.tv_nsec))
                    {
                        throw Invalid($"the last handshake at {time.tv_sec} s and {time.tv_nsec} ns is not a time");
                    }

                    peer.HandshakeSeconds = time.tv_sec;
                    peer.HandshakeNanoseconds = (int)time.tv_nsec;
                    break;
                case WGPEER_A_RX_BYTES:
                    peer.RxBytes = attributes.ReadNumber<ulong>(nameof(WGPEER_A_RX_BYTES));
                    break;
                case WGPEER_A_TX_BYTES:
                    peer.TxBytes = attributes.ReadNumber<ulong>(nameof(WGPEER_A_TX_BYTES));
                    break;
                case WGPEER_A_ALLOWEDIPS:
                    ReadAllowed(attributes.Value, peer);
                    break;
            }
        }
    }

    private WireGuardPeerDraft FindOrAdd(ReadOnlySpan<byte> bytes)
    {
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            if (attributes.Type == WGPEER_A_PUBLIC_KEY)
            {
                byte[] key = Key(attributes.Value);
                if (Peers.Count > 0 && Peers[^1].Key.AsSpan().SequenceEqual(key))
                {
                    return Peers[^1];
                }

                Peers.Add(new WireGuardPeerDraft(key));
                return Peers[^1];
            }
        }

        throw Invalid("a peer has no public key (WGPEER_A_PUBLIC_KEY)");
    }

    private void ReadAllowed(ReadOnlySpan<byte> list, WireGuardPeerDraft peer)
    {
        var items = new NetlinkAttributeReader(list);
        while (items.Read())
        {
            int family = 0, length = -1;
            ReadOnlySpan<byte> address = default;
            var attributes = new NetlinkAttributeReader(items.Value);
            while (attributes.Read())
            {
                switch (attributes.Type)
                {
                    case WGALLOWEDIP_A_FAMILY:
                        family = attributes.ReadNumber<ushort>(nameof(WGALLOWEDIP_A_FAMILY));
                        break;
                    case WGALLOWEDIP_A_IPADDR:
                        address = attributes.Value;
                        break;
                    case WGALLOWEDIP_A_CIDR_MASK:
                        length = attributes.ReadNumber<byte>(nameof(WGALLOWEDIP_A_CIDR_MASK));
                        break;
                }
            }

            int bytes = family <= byte.MaxValue ? KernelPrefix.BytesOf((byte)family) : 0;
            if (bytes == 0 || address.Length < bytes || length < 0 || length > bytes * 8)
            {
                throw Invalid(
                    $"an allowed prefix of family {family} has {address.Length} address bytes and {length} bits");
            }

            peer.Allowed.Add(new IpPrefix(new IpAddr(address[..bytes]), length).Masked());
        }
    }

    /// <summary>Reads a struct sockaddr_in or sockaddr_in6; other families are ignored.</summary>
    private AddrPort Endpoint(ReadOnlySpan<byte> address)
    {
        const int PortOffset = 2, IPv4Offset = 4, IPv6Offset = 8, IPv4Size = 16, IPv6Size = 28;
        int family = address.Length < PortOffset ? -1 : BitConverter.ToUInt16(address);
        int size = family switch
        {
            SocketConstants.AF_INET => IPv4Size,
            SocketConstants.AF_INET6 => IPv6Size,
            _ => 0,
        };
        if (family < 0 || address.Length < size)
        {
            throw Invalid($"an endpoint of family {family} has {address.Length} bytes");
        }

        if (size == 0)
        {
            return default;
        }

        ReadOnlySpan<byte> ip = size == IPv4Size ? address.Slice(IPv4Offset, 4) : address.Slice(IPv6Offset, 16);
        return new AddrPort(new IpAddr(ip), BinaryPrimitives.ReadUInt16BigEndian(address[PortOffset..]));
    }

    private byte[] Key(ReadOnlySpan<byte> value) => value.Length == WG_KEY_LEN
        ? value.ToArray()
        : throw Invalid($"a key has {value.Length} bytes; {WG_KEY_LEN} are needed");

    private TunStatsException Invalid(string what) => PeerErrors.InvalidKernelReply(device, what);
}
