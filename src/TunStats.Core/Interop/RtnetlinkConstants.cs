namespace TunStats.Interop;

/// <summary>Constants of linux/rtnetlink.h and linux/if_link.h, under their kernel names.</summary>
internal static class RtnetlinkConstants
{
    internal const ushort RTM_NEWLINK = 16;
    internal const ushort RTM_DELLINK = 17;
    internal const ushort RTM_GETLINK = 18;
    internal const ushort RTM_NEWQDISC = 36;
    internal const ushort RTM_GETQDISC = 38;
    internal const ushort RTM_NEWSTATS = 92;
    internal const ushort RTM_GETSTATS = 94;

    internal const uint RTNLGRP_LINK = 1;

    internal const ushort IFLA_STATS_LINK_64 = 1;

    /// <summary>IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64).</summary>
    internal const uint IFLA_STATS_LINK_64_FILTER = 1 << (IFLA_STATS_LINK_64 - 1);

    internal const ushort IFLA_IFNAME = 3;
    internal const ushort IFLA_MTU = 4;
    internal const ushort IFLA_LINK = 5;
    internal const ushort IFLA_QDISC = 6;
    internal const ushort IFLA_TXQLEN = 13;
    internal const ushort IFLA_OPERSTATE = 16;
    internal const ushort IFLA_LINKINFO = 18;
    internal const ushort IFLA_NET_NS_PID = 19;
    internal const ushort IFLA_IFALIAS = 20;
    internal const ushort IFLA_STATS64 = 23;
    internal const ushort IFLA_NET_NS_FD = 28;
    internal const ushort IFLA_EXT_MASK = 29;
    internal const ushort IFLA_NEW_NETNSID = 45;
    internal const ushort IFLA_PROP_LIST = 52;
    internal const ushort IFLA_ALT_IFNAME = 53;

    internal const ushort IFLA_CARRIER_CHANGES = 35;

    internal const ushort TCA_STATS2 = 7;
    internal const ushort TCA_STATS_QUEUE = 3;
    internal const uint TC_H_ROOT = 0xffffffff;

    internal const ushort IFLA_INFO_KIND = 1;
    internal const ushort IFLA_INFO_DATA = 2;

    internal const uint RTEXT_FILTER_SKIP_STATS = 1 << 3;

    internal const int IFNAMSIZ = 16;
    internal const int ALTIFNAMSIZ = 128;

    internal const ushort ARPHRD_ETHER = 1;
    internal const ushort ARPHRD_LOOPBACK = 772;
    internal const ushort ARPHRD_NONE = 0xfffe;
}
