namespace TunStats.Interop;

/// <summary>Constants of linux/netlink.h, under their kernel names.</summary>
internal static class NetlinkConstants
{
    internal const int NETLINK_ROUTE = 0;
    internal const int NETLINK_SOCK_DIAG = 4;
    internal const int NETLINK_NETFILTER = 12;
    internal const int NETLINK_GENERIC = 16;

    internal const int NETLINK_ADD_MEMBERSHIP = 1;
    internal const int NETLINK_BROADCAST_ERROR = 4;
    internal const int NETLINK_CAP_ACK = 10;
    internal const int NETLINK_EXT_ACK = 11;
    internal const int NETLINK_GET_STRICT_CHK = 12;

    internal const ushort NLMSG_NOOP = 1;
    internal const ushort NLMSG_ERROR = 2;
    internal const ushort NLMSG_DONE = 3;
    internal const ushort NLMSG_OVERRUN = 4;

    internal const ushort NLM_F_REQUEST = 0x01;
    internal const ushort NLM_F_MULTI = 0x02;
    internal const ushort NLM_F_ACK = 0x04;
    internal const ushort NLM_F_DUMP_INTR = 0x10;
    internal const ushort NLM_F_DUMP_FILTERED = 0x20;
    internal const ushort NLM_F_DUMP = 0x300;
    internal const ushort NLM_F_REPLACE = 0x100;
    internal const ushort NLM_F_CREATE = 0x400;
    internal const ushort NLM_F_EXCL = 0x200;
    internal const ushort NLM_F_CAPPED = 0x100;
    internal const ushort NLM_F_ACK_TLVS = 0x200;

    internal const ushort NLMSGERR_ATTR_MSG = 1;
    internal const ushort NLMSGERR_ATTR_OFFS = 2;

    internal const ushort NLA_F_NESTED = 1 << 15;
    internal const ushort NLA_TYPE_MASK = 0x3fff;

    internal const int NLMSG_ALIGNTO = 4;
}
