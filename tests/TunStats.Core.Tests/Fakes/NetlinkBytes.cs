using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using TunStats.Interop;

namespace TunStats.Tests.Fakes;

/// <summary>Builds the bytes that a kernel would send.</summary>
internal static class NetlinkBytes
{
    internal static byte[] Message(ushort type, ushort flags, uint sequence, uint portId, params byte[][] parts)
    {
        byte[] payload = [.. parts.SelectMany(p => p)];
        nlmsghdr header = new()
        {
            nlmsg_len = (uint)(16 + payload.Length),
            nlmsg_type = type,
            nlmsg_flags = flags,
            nlmsg_seq = sequence,
            nlmsg_pid = portId,
        };
        return Pad([.. Struct(header), .. payload]);
    }

    internal static byte[] Attribute(ushort type, byte[] value) =>
        Pad([.. Struct(new nlattr { nla_len = (ushort)(4 + value.Length), nla_type = type }), .. value]);

    internal static byte[] Attribute(ushort type, string value) =>
        Attribute(type, [.. Encoding.UTF8.GetBytes(value), 0]);

    internal static byte[] Attribute(ushort type, uint value) => Attribute(type, Struct(value));

    internal static byte[] Struct<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    internal static byte[] Error(int errno, uint sequence, uint portId, string? text = null)
    {
        byte[] attributes = text is null ? [] : Attribute(NetlinkConstants.NLMSGERR_ATTR_MSG, text);
        ushort flags = text is null
            ? NetlinkConstants.NLM_F_CAPPED
            : (ushort)(NetlinkConstants.NLM_F_CAPPED | NetlinkConstants.NLM_F_ACK_TLVS);
        nlmsgerr error = new() { error = -errno, msg = new nlmsghdr { nlmsg_len = 28, nlmsg_seq = sequence } };
        return Message(NetlinkConstants.NLMSG_ERROR, flags, sequence, portId, Struct(error), attributes);
    }

    internal static byte[] Done(uint sequence, uint portId, ushort flags = 0) => Message(
        NetlinkConstants.NLMSG_DONE, (ushort)(NetlinkConstants.NLM_F_MULTI | flags), sequence, portId, Struct(0));

    internal static byte[] Link(
        int index,
        string name,
        string kind,
        uint sequence,
        uint portId,
        ushort type = RtnetlinkConstants.RTM_NEWLINK,
        params byte[][] more) =>
        Message(
            type,
            NetlinkConstants.NLM_F_MULTI,
            sequence,
            portId,
            [
                Struct(new ifinfomsg { ifi_index = index, ifi_type = RtnetlinkConstants.ARPHRD_NONE, ifi_flags = 1 }),
                Attribute(RtnetlinkConstants.IFLA_IFNAME, name),
                Attribute(RtnetlinkConstants.IFLA_MTU, 1280u),
                Attribute(RtnetlinkConstants.IFLA_LINKINFO, Attribute(RtnetlinkConstants.IFLA_INFO_KIND, kind)),
                .. more,
            ]);

    internal static byte[] Qdisc(int index, in gnet_stats_queue queue, uint sequence, uint portId) => Message(
        RtnetlinkConstants.RTM_NEWQDISC,
        NetlinkConstants.NLM_F_MULTI,
        sequence,
        portId,
        Struct(new tcmsg { tcm_ifindex = index, tcm_parent = RtnetlinkConstants.TC_H_ROOT }),
        Attribute(
            RtnetlinkConstants.TCA_STATS2,
            Attribute(RtnetlinkConstants.TCA_STATS_QUEUE, Struct(queue))));

    internal static byte[] Stats(int index, ulong txDropped, uint sequence, uint portId) =>
        Stats(index, new rtnl_link_stats64 { tx_dropped = txDropped }, sequence, portId);

    internal static byte[] Stats(int index, in rtnl_link_stats64 stats, uint sequence, uint portId) => Message(
        RtnetlinkConstants.RTM_NEWSTATS,
        0,
        sequence,
        portId,
        Struct(new if_stats_msg { ifindex = (uint)index, filter_mask = 1 }),
        Attribute(RtnetlinkConstants.IFLA_STATS_LINK_64, Struct(stats)));

    internal static byte[] Join(IEnumerable<byte[]> messages) => [.. messages.SelectMany(m => m)];

    private static byte[] Pad(byte[] bytes)
    {
        Array.Resize(ref bytes, (bytes.Length + 3) & ~3);
        return bytes;
    }
}
