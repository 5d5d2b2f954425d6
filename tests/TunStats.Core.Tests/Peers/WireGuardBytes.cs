using System;
using System.Buffers.Binary;
using System.Linq;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Tests.Fakes;
using static TunStats.Interop.GenericNetlinkConstants;
using static TunStats.Interop.NetlinkConstants;

namespace TunStats.Tests.Peers;

/// <summary>Builds the messages that the kernel's WireGuard sends.</summary>
internal static class WireGuardBytes
{
    internal const ushort Family = 0x2a;

    internal static byte[] Key(byte fill) => [.. Enumerable.Repeat(fill, WG_KEY_LEN)];

    internal static byte[] FamilyReply(uint sequence, uint port, ushort family = Family) => NetlinkBytes.Message(
        GENL_ID_CTRL,
        0,
        sequence,
        port,
        NetlinkBytes.Struct(new genlmsghdr { cmd = 1, version = 2 }),
        NetlinkBytes.Attribute(CTRL_ATTR_FAMILY_NAME, "wireguard"),
        NetlinkBytes.Attribute(CTRL_ATTR_FAMILY_ID, NetlinkBytes.Struct(family)));

    internal static byte[] Device(uint sequence, uint port, params byte[][] peers) =>
        Device(sequence, port, 0, peers);

    internal static byte[] Device(
        uint sequence, uint port, ushort flags, params byte[][] peers) => NetlinkBytes.Message(
        Family,
        (ushort)(NLM_F_MULTI | flags),
        sequence,
        port,
        NetlinkBytes.Struct(new genlmsghdr { cmd = WG_CMD_GET_DEVICE, version = 1 }),
        NetlinkBytes.Attribute(WGDEVICE_A_IFNAME, "wg0"),
        NetlinkBytes.Attribute(3, Key(0xee)),
        NetlinkBytes.Attribute(WGDEVICE_A_PUBLIC_KEY, Key(0xdd)),
        NetlinkBytes.Attribute(200, "unknown"),
        NetlinkBytes.Attribute(WGDEVICE_A_PEERS | NLA_F_NESTED, NetlinkBytes.Join(peers)));

    internal static byte[] Peer(byte key, params byte[][] attributes) => NetlinkBytes.Attribute(
        NLA_F_NESTED,
        NetlinkBytes.Join(
        [
            NetlinkBytes.Attribute(WGPEER_A_PUBLIC_KEY, Key(key)), NetlinkBytes.Attribute(2, Key(0xcc)), .. attributes,
        ]));

    internal static byte[] Counters(ulong rx, ulong tx) =>
    [
        .. NetlinkBytes.Attribute(WGPEER_A_RX_BYTES, NetlinkBytes.Struct(rx)),
        .. NetlinkBytes.Attribute(WGPEER_A_TX_BYTES, NetlinkBytes.Struct(tx)),
    ];

    internal static byte[] Handshake(long seconds, long nanoseconds) => NetlinkBytes.Attribute(
        WGPEER_A_LAST_HANDSHAKE_TIME,
        NetlinkBytes.Struct(new __kernel_timespec { tv_sec = seconds, tv_nsec = nanoseconds }));

    internal static byte[] Endpoint(string text)
    {
        AddrPort endpoint = AddrPort.Parse(text);
        byte[] address = new byte[endpoint.Address.Is4 ? 16 : 28];
        BitConverter.TryWriteBytes(address, (ushort)(endpoint.Address.Is4 ? 2 : 10));
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), endpoint.Port);
        endpoint.Address.WriteBytes(address.AsSpan(endpoint.Address.Is4 ? 4 : 8));
        return NetlinkBytes.Attribute(WGPEER_A_ENDPOINT, address);
    }

    internal static byte[] Allowed(params string[] prefixes) => NetlinkBytes.Attribute(
        WGPEER_A_ALLOWEDIPS | NLA_F_NESTED,
        NetlinkBytes.Join(prefixes.Select(text =>
        {
            IpPrefix prefix = IpPrefix.Parse(text);
            byte[] address = new byte[prefix.Address.BitLength / 8];
            prefix.Address.WriteBytes(address);
            return AllowedItem((ushort)(prefix.Address.Is4 ? 2 : 10), address, (byte)prefix.Length);
        })));

    internal static byte[] AllowedItem(ushort family, byte[] address, byte length) => NetlinkBytes.Attribute(
        NLA_F_NESTED,
        [
            .. NetlinkBytes.Attribute(WGALLOWEDIP_A_FAMILY, NetlinkBytes.Struct(family)),
            .. NetlinkBytes.Attribute(WGALLOWEDIP_A_IPADDR, address),
            .. NetlinkBytes.Attribute(WGALLOWEDIP_A_CIDR_MASK, NetlinkBytes.Struct(length)),
        ]);
}
