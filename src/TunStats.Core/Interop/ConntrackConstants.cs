namespace TunStats.Interop;

/// <summary>
/// Constants of linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h and nf_conntrack_common.h, under their kernel names.
/// Numbers inside the attributes are in network byte order.
/// </summary>
internal static class ConntrackConstants
{
    internal const byte NFNETLINK_V0 = 0;
    internal const ushort NFNL_SUBSYS_CTNETLINK = 1;
    internal const uint NFNLGRP_CONNTRACK_DESTROY = 3;

    internal const ushort IPCTNL_MSG_CT_NEW = 0;
    internal const ushort IPCTNL_MSG_CT_GET = 1;
    internal const ushort IPCTNL_MSG_CT_DELETE = 2;

    internal const ushort CTA_TUPLE_ORIG = 1;
    internal const ushort CTA_TUPLE_REPLY = 2;
    internal const ushort CTA_STATUS = 3;
    internal const ushort CTA_COUNTERS_ORIG = 9;
    internal const ushort CTA_COUNTERS_REPLY = 10;
    internal const ushort CTA_ID = 12;
    internal const ushort CTA_ZONE = 18;
    internal const ushort CTA_TIMESTAMP = 20;

    internal const ushort CTA_TUPLE_IP = 1;
    internal const ushort CTA_TUPLE_PROTO = 2;

    internal const ushort CTA_IP_V4_SRC = 1;
    internal const ushort CTA_IP_V4_DST = 2;
    internal const ushort CTA_IP_V6_SRC = 3;
    internal const ushort CTA_IP_V6_DST = 4;

    internal const ushort CTA_PROTO_NUM = 1;
    internal const ushort CTA_PROTO_SRC_PORT = 2;
    internal const ushort CTA_PROTO_DST_PORT = 3;
    internal const ushort CTA_PROTO_ICMP_ID = 4;
    internal const ushort CTA_PROTO_ICMPV6_ID = 7;

    internal const ushort CTA_COUNTERS_PACKETS = 1;
    internal const ushort CTA_COUNTERS_BYTES = 2;

    internal const ushort CTA_TIMESTAMP_START = 1;
    internal const ushort CTA_TIMESTAMP_STOP = 2;
}
