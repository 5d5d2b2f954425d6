using System;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Routes;

/// <summary>A route from an RTM_NEWROUTE message.</summary>
/// <param name="Prefix">Its destinations, masked.</param>
/// <param name="Table">The table's number.</param>
/// <param name="Type">RTN_UNICAST, RTN_LOCAL, …</param>
/// <param name="Use">Whether it goes through the device.</param>
/// <param name="NexthopId">The id of its next hop object; 0 for none.</param>
internal readonly record struct KernelRoute(
    IpPrefix Prefix, uint Table, byte Type, KernelRouteUse Use, uint NexthopId)
{
    private static readonly IpPrefix Multicast6 = IpPrefix.Parse("ff00::/8");

    /// <summary>
    /// Whether it describes traffic of the tunnel: no broadcast, multicast, blackhole or unreachable routes.
    /// </summary>
    internal bool IsWanted => Type switch
    {
        RTN_LOCAL => true,

        // Older kernels report each device's ff00::/8 as a unicast route.
        RTN_UNICAST => Table != RT_TABLE_LOCAL || !Multicast6.Contains(Prefix),
        _ => false,
    };

    /// <summary>Reads a message.</summary>
    /// <param name="message">An RTM_NEWROUTE or RTM_DELROUTE message.</param>
    /// <param name="index">The index of the device.</param>
    /// <param name="result">The route.</param>
    /// <returns>False if it is not IP, or a cached exception to a route (RTM_F_CLONED).</returns>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, int index, out KernelRoute result)
    {
        result = default;
        rtmsg fixedPart = message.ReadFixed<rtmsg>(out ReadOnlySpan<byte> bytes);
        int length = KernelPrefix.BytesOf(fixedPart.rtm_family);
        if (length == 0 || (fixedPart.rtm_flags & RTM_F_CLONED) != 0)
        {
            return false;
        }

        // A default route has no RTA_DST.
        IpAddr destination = fixedPart.rtm_family == AF_INET ? IpAddr.FromIPv4(0) : IpAddr.FromIPv6(0, 0);
        uint table = fixedPart.rtm_table, nexthop = 0;
        bool uses = false, namesDevice = false;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case RTA_DST:
                    destination = KernelPrefix.ReadAddress(attributes, length, nameof(RTA_DST));
                    break;
                case RTA_TABLE:
                    table = attributes.ReadNumber<uint>(nameof(RTA_TABLE));
                    break;
                case RTA_OIF:
                    uses |= attributes.ReadNumber<int>(nameof(RTA_OIF)) == index;
                    namesDevice = true;
                    break;
                case RTA_MULTIPATH:
                    uses |= HasNexthop(attributes.Value, index);
                    namesDevice = true;
                    break;
                case RTA_NH_ID:
                    nexthop = attributes.ReadNumber<uint>(nameof(RTA_NH_ID));
                    break;
            }
        }

        // A filtered dump holds only the device's routes, even if they name only a next hop object
        // (net.ipv4.nexthop_compat_mode=0).
        bool byNexthop = nexthop != 0 && !namesDevice;
        uses |= byNexthop && (message.Flags & NLM_F_DUMP_FILTERED) != 0;
        KernelRouteUse use = uses ? KernelRouteUse.Device
            : byNexthop ? KernelRouteUse.Nexthop
            : KernelRouteUse.None;
        IpPrefix prefix = KernelPrefix.Make(destination, fixedPart.rtm_dst_len, nameof(rtmsg));
        result = new KernelRoute(prefix, table, fixedPart.rtm_type, use, nexthop);
        return true;
    }

    private static unsafe bool HasNexthop(ReadOnlySpan<byte> nexthops, int index)
    {
        bool found = false;
        while (nexthops.Length >= sizeof(rtnexthop))
        {
            rtnexthop next = MemoryMarshal.Read<rtnexthop>(nexthops);
            if (next.rtnh_len < sizeof(rtnexthop) || next.rtnh_len > nexthops.Length)
            {
                NetlinkThrow.NexthopLength(next.rtnh_len, nexthops.Length);
            }

            found |= next.rtnh_ifindex == index;
            nexthops = nexthops[Math.Min(NetlinkMessage.Align(next.rtnh_len), nexthops.Length)..];
        }

        return found;
    }
}
