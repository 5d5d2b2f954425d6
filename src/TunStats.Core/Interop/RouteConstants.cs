namespace TunStats.Interop;

/// <summary>Constants of linux/rtnetlink.h and linux/if_addr.h about addresses and routes.</summary>
internal static class RouteConstants
{
    internal const ushort RTM_NEWADDR = 20;
    internal const ushort RTM_GETADDR = 22;
    internal const ushort RTM_NEWROUTE = 24;
    internal const ushort RTM_GETROUTE = 26;

    internal const uint RTNLGRP_IPV4_IFADDR = 5;
    internal const uint RTNLGRP_IPV4_ROUTE = 7;
    internal const uint RTNLGRP_IPV6_IFADDR = 9;
    internal const uint RTNLGRP_IPV6_ROUTE = 11;

    internal const ushort IFA_ADDRESS = 1;
    internal const ushort IFA_LOCAL = 2;

    internal const ushort RTA_DST = 1;
    internal const ushort RTA_OIF = 4;
    internal const ushort RTA_MULTIPATH = 9;
    internal const ushort RTA_TABLE = 15;

    internal const byte RTN_UNICAST = 1;

    internal const byte RT_TABLE_DEFAULT = 253;
    internal const byte RT_TABLE_MAIN = 254;
    internal const byte RT_TABLE_LOCAL = 255;

    internal const uint RTM_F_CLONED = 0x200;
}
