using System;
using System.Net;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Links;
using TunStats.Net;
using TunStats.Netlink;
using static TunStats.Interop.NetlinkConstants;
using static TunStats.Interop.RouteConstants;

namespace TunStats.Lab;

/// <summary>Makes and removes the routes of one namespace, over rtnetlink as <c>ip route</c> does.</summary>
public sealed class LabRoutes : IDisposable
{
    private readonly NetlinkConnection _connection;
    private readonly LinkClient _client;

    internal LabRoutes(NetworkNamespace? space)
    {
        _connection = new NetlinkConnection(NetlinkSocket.Open(NETLINK_ROUTE, space));
        _client = LinkClient.Open(space);
    }

    /// <summary>Adds a route.</summary>
    /// <param name="prefix">Its destinations.</param>
    /// <param name="device">The device that it goes through.</param>
    /// <param name="table">The table's number; 254 is main.</param>
    /// <param name="gateway">The next hop's address; null where the destinations are on the link.</param>
    public void Add(string prefix, string device, uint table = RT_TABLE_MAIN, string? gateway = null)
    {
        NetlinkRequest request = New(RTM_NEWROUTE, prefix, table, gateway is null, NLM_F_CREATE | NLM_F_EXCL);
        request.AppendAttribute(RTA_OIF, IndexOf(device));
        AppendAddress(ref request, RTA_GATEWAY, gateway);
        _connection.Acknowledge(request);
    }

    /// <summary>Puts a route in the place of another one for the same destinations.</summary>
    public void Replace(string prefix, string device, uint table = RT_TABLE_MAIN)
    {
        NetlinkRequest request = New(RTM_NEWROUTE, prefix, table, onLink: true, NLM_F_CREATE | NLM_F_REPLACE);
        request.AppendAttribute(RTA_OIF, IndexOf(device));
        _connection.Acknowledge(request);
    }

    /// <summary>Adds a route through several devices at once (RTA_MULTIPATH).</summary>
    public void AddMultipath(string prefix, params string[] devices)
    {
        NetlinkRequest request = New(RTM_NEWROUTE, prefix, RT_TABLE_MAIN, onLink: true, NLM_F_CREATE | NLM_F_EXCL);
        int paths = request.BeginNested(RTA_MULTIPATH);
        foreach (string device in devices)
        {
            request.Append(new rtnexthop { rtnh_len = 8, rtnh_ifindex = IndexOf(device) });
        }

        request.EndNested(paths);
        _connection.Acknowledge(request);
    }

    /// <summary>Makes a next hop object, or puts it in the place of the one that has the number.</summary>
    public void SetNexthop(uint id, string device)
    {
        NetlinkRequest request = _connection.NewRequest(
            RTM_NEWNEXTHOP, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
        request.Append(new nhmsg { nh_family = SocketConstants.AF_INET, nh_protocol = RTPROT_STATIC });
        request.AppendAttribute(NHA_ID, id);
        request.AppendAttribute(NHA_OIF, IndexOf(device));
        _connection.Acknowledge(request);
    }

    /// <summary>Adds a route that names a next hop object.</summary>
    public void AddByNexthop(string prefix, uint id)
    {
        NetlinkRequest request = New(RTM_NEWROUTE, prefix, RT_TABLE_MAIN, onLink: true, NLM_F_CREATE | NLM_F_EXCL);
        request.AppendAttribute(RTA_NH_ID, id);
        _connection.Acknowledge(request);
    }

    /// <summary>Removes a route.</summary>
    public void Remove(string prefix, string device, uint table = RT_TABLE_MAIN)
    {
        NetlinkRequest request = New(RTM_DELROUTE, prefix, table, onLink: true, 0);
        request.AppendAttribute(RTA_OIF, IndexOf(device));
        _connection.Acknowledge(request);
    }

    /// <summary>Has a table asked for all destinations before the table main is (a rule of preference 100).</summary>
    public void AddRule(uint table, bool ipv6 = false)
    {
        const ushort RTM_NEWRULE = 32;
        const ushort FRA_PRIORITY = 6;
        const ushort FRA_TABLE = 15;
        const byte FR_ACT_TO_TBL = 1;
        NetlinkRequest request = _connection.NewRequest(RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);

        // struct fib_rule_hdr of linux/fib_rules.h has the shape of struct rtmsg, the action where the type is.
        request.Append(new rtmsg
        {
            rtm_family = (byte)(ipv6 ? SocketConstants.AF_INET6 : SocketConstants.AF_INET),
            rtm_type = FR_ACT_TO_TBL,
        });
        request.AppendAttribute(FRA_PRIORITY, 100u);
        request.AppendAttribute(FRA_TABLE, table);
        _connection.Acknowledge(request);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _client.Dispose();
    }

    private int IndexOf(string device) => _client.GetLink(device).Index;

    private NetlinkRequest New(ushort type, string text, uint table, bool onLink, int flags)
    {
        IpPrefix prefix = IpPrefix.Parse(text);
        bool ipv6 = prefix.Family == IpFamily.IPv6;
        NetlinkRequest request = _connection.NewRequest(type, (ushort)(NLM_F_ACK | flags));
        bool removes = type == RTM_DELROUTE;
        request.Append(new rtmsg
        {
            rtm_family = (byte)(ipv6 ? SocketConstants.AF_INET6 : SocketConstants.AF_INET),
            rtm_dst_len = (byte)prefix.Length,
            rtm_protocol = removes ? (byte)0 : RTPROT_STATIC,
            rtm_scope = onLink && !ipv6 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
            rtm_type = removes ? (byte)0 : RTN_UNICAST,
        });
        request.AppendAttribute(RTA_TABLE, table);
        if (prefix.Length > 0)
        {
            AppendAddress(ref request, RTA_DST, prefix.Address.ToString());
        }

        return request;
    }

    private static void AppendAddress(ref NetlinkRequest request, ushort attribute, string? address)
    {
        if (address is null)
        {
            return;
        }

        byte[] bytes = IPAddress.Parse(address).GetAddressBytes();
        if (bytes.Length == 4)
        {
            request.AppendAttribute(attribute, BitConverter.ToUInt32(bytes));
        }
        else
        {
            request.AppendAttribute(attribute, new UInt128(
                BitConverter.ToUInt64(bytes, 8), BitConverter.ToUInt64(bytes, 0)));
        }
    }
}
