using System.Linq;
using System.Net;
using TunStats.Interop;
using TunStats.Net;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Tests.Fakes;

/// <summary>Builds the messages about addresses, routes and next hops that a kernel would send.</summary>
internal static class RouteBytes
{
    internal const uint Port = 0x1234;

    internal static byte[] Address(
        int index, string text, string? peer = null, ushort type = RTM_NEWADDR, uint sequence = 0)
    {
        // As the kernel does: IPv4 always sends both attributes, IPv6 sends IFA_LOCAL where there is a peer.
        IpPrefix prefix = IpPrefix.Parse(text);
        bool both = prefix.Family == IpFamily.IPv4 || peer is not null;
        return NetlinkBytes.Message(
            type,
            0,
            sequence,
            sequence == 0 ? 0 : Port,
            NetlinkBytes.Struct(new ifaddrmsg
            {
                ifa_family = Family(prefix),
                ifa_prefixlen = (byte)prefix.Length,
                ifa_index = (uint)index,
            }),
            NetlinkBytes.Attribute(IFA_ADDRESS, Bytes(peer ?? prefix.Address.ToString())),
            both ? NetlinkBytes.Attribute(IFA_LOCAL, Bytes(prefix.Address.ToString())) : []);
    }

    /// <summary>A route through a device, or what other attributes say.</summary>
    internal static byte[] Route(
        string text,
        int? index,
        uint table = RT_TABLE_MAIN,
        byte type = RTN_UNICAST,
        ushort messageType = RTM_NEWROUTE,
        ushort flags = 0,
        uint rtmFlags = 0,
        uint sequence = 0,
        byte[]? more = null)
    {
        IpPrefix prefix = IpPrefix.Parse(text);
        return NetlinkBytes.Message(
            messageType,
            flags,
            sequence,
            sequence == 0 ? 0 : Port,
            NetlinkBytes.Struct(new rtmsg
            {
                rtm_family = Family(prefix),
                rtm_dst_len = (byte)prefix.Length,
                rtm_table = (byte)(table > byte.MaxValue ? RT_TABLE_COMPAT : table),
                rtm_type = type,
                rtm_flags = rtmFlags,
            }),
            NetlinkBytes.Attribute(RTA_TABLE, table),
            prefix.Length == 0 ? [] : NetlinkBytes.Attribute(RTA_DST, Bytes(prefix.Address.ToString())),
            index is { } device ? NetlinkBytes.Attribute(RTA_OIF, (uint)device) : [],
            more ?? []);
    }

    internal static byte[] Multipath(params int[] indexes) => NetlinkBytes.Attribute(
        RTA_MULTIPATH,
        [
            .. indexes.SelectMany(index => (byte[])
            [
                .. NetlinkBytes.Struct(new rtnexthop { rtnh_len = 16, rtnh_ifindex = index }),
                .. NetlinkBytes.Attribute(RTA_GATEWAY, Bytes("192.0.2.1")),
            ]),
        ]);

    internal static byte[] NexthopId(uint id) => NetlinkBytes.Attribute(RTA_NH_ID, id);

    internal static byte[] Nexthop(uint id, int index, uint sequence = 0, params uint[] group) => NetlinkBytes.Message(
        RTM_NEWNEXTHOP,
        0,
        sequence,
        sequence == 0 ? 0 : Port,
        NetlinkBytes.Struct(default(nhmsg)),
        NetlinkBytes.Attribute(NHA_ID, id),
        group.Length > 0
            ? NetlinkBytes.Attribute(
                NHA_GROUP, [.. group.SelectMany(member => NetlinkBytes.Struct(new nexthop_grp { id = member }))])
            : NetlinkBytes.Attribute(NHA_OIF, (uint)index));

    private static byte Family(IpPrefix prefix) =>
        (byte)(prefix.Family == IpFamily.IPv4 ? SocketConstants.AF_INET : SocketConstants.AF_INET6);

    private static byte[] Bytes(string address) => IPAddress.Parse(address).GetAddressBytes();
}
