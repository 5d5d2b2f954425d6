namespace TunStats.Interop;

/// <summary>
/// Constants of linux/rtnetlink.h, linux/if_addr.h and linux/nexthop.h about addresses, routes and next hops, under
/// their kernel names.
/// </summary>
internal static class RouteConstants
{
    internal const ushort RTM_NEWADDR = 20;
    internal const ushort RTM_DELADDR = 21;
    internal const ushort RTM_GETADDR = 22;
    internal const ushort RTM_NEWROUTE = 24;
    internal const ushort RTM_DELROUTE = 25;
    internal const ushort RTM_GETROUTE = 26;
    internal const ushort RTM_NEWNEXTHOP = 104;
    internal const ushort RTM_DELNEXTHOP = 105;
    internal const ushort RTM_GETNEXTHOP = 106;

    internal const uint RTNLGRP_IPV4_IFADDR = 5;
    internal const uint RTNLGRP_IPV4_ROUTE = 7;
    internal const uint RTNLGRP_IPV6_IFADDR = 9;
    internal const uint RTNLGRP_IPV6_ROUTE = 11;
    internal const uint RTNLGRP_NEXTHOP = 32;

    internal const ushort IFA_ADDRESS = 1;
    internal const ushort IFA_LOCAL = 2;

    internal const ushort RTA_DST = 1;
    internal const ushort RTA_OIF = 4;
    internal const ushort RTA_GATEWAY = 5;
    internal const ushort RTA_MULTIPATH = 9;
    internal const ushort RTA_TABLE = 15;
    internal const ushort RTA_NH_ID = 30;

    internal const uint RTM_F_CLONED = 0x200;

    internal const byte RTN_UNICAST = 1;
    internal const byte RTN_LOCAL = 2;

    internal const byte RTPROT_STATIC = 4;
    internal const byte RT_SCOPE_UNIVERSE = 0;
    internal const byte RT_SCOPE_LINK = 253;

    internal const uint RT_TABLE_UNSPEC = 0;
    internal const uint RT_TABLE_COMPAT = 252;
    internal const uint RT_TABLE_DEFAULT = 253;
    internal const uint RT_TABLE_MAIN = 254;
    internal const uint RT_TABLE_LOCAL = 255;

    internal const ushort NHA_ID = 1;
    internal const ushort NHA_GROUP = 2;
    internal const ushort NHA_OIF = 5;
}
