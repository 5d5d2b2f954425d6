using System;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Routes;

/// <summary>A route, as an RTM_NEWROUTE message tells it.</summary>
/// <param name="Prefix">Its destinations, masked.</param>
/// <param name="Table">The table's number.</param>
/// <param name="Type">RTN_UNICAST, RTN_LOCAL, …</param>
/// <param name="Use">Whether it goes through the device that was asked about.</param>
/// <param name="NexthopId">The next hop object that it names; 0 for none.</param>
internal readonly record struct KernelRoute(
    IpPrefix Prefix, uint Table, byte Type, KernelRouteUse Use, uint NexthopId)
{
    private static readonly IpPrefix Multicast6 = IpPrefix.Parse("ff00::/8");

    /// <summary>
    /// Whether it says what the tunnel carries: no broadcasts, no multicast, nothing that is thrown away.
    /// </summary>
    internal bool IsWanted => Type switch
    {
        RTN_LOCAL => true,

        // Older kernels give each device's own ff00::/8 as a unicast route.
        RTN_UNICAST => Table != RT_TABLE_LOCAL || !Multicast6.Contains(Prefix),
        _ => false,
    };

    /// <summary>Reads a message.</summary>
    /// <param name="message">An RTM_NEWROUTE or RTM_DELROUTE message.</param>
    /// <param name="index">The device that is asked about.</param>
    /// <param name="result">What it says.</param>
    /// <returns>False where it is of no IP family, or a cached exception to a route (RTM_F_CLONED).</returns>
    /// <exception cref="NetlinkException">A length in it cannot be.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, int index, out KernelRoute result)
    {
        result = default;
        rtmsg fixedPart = message.ReadFixed<rtmsg>(out ReadOnlySpan<byte> bytes);
        int length = KernelPrefix.BytesOf(fixedPart.rtm_family);
        if (length == 0 || (fixedPart.rtm_flags & RTM_F_CLONED) != 0)
        {
            return false;
        }

        // Without RTA_DST it is a default route.
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

        // A filtered dump holds the device's routes alone, also where only the next hop object is named
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
