using System;
using System.Globalization;
using System.Runtime.InteropServices;
using TunStats.Interop;
using TunStats.Netlink;
using TunStats.Packets;
using static TunStats.Interop.RouteConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Routes;

/// <summary>An RTM_NEWROUTE: where packets to a prefix go.</summary>
internal readonly ref struct RouteMessage
{
    private readonly ReadOnlySpan<byte> _multipath;
    private readonly int _index;

    private RouteMessage(IpPrefix prefix, uint table, int index, ReadOnlySpan<byte> multipath)
    {
        Prefix = prefix;
        Table = table;
        _index = index;
        _multipath = multipath;
    }

    /// <summary>The prefix.</summary>
    internal IpPrefix Prefix { get; }

    /// <summary>The number of the routing table.</summary>
    internal uint Table { get; }

    /// <summary>Asks for the routes through a device, of all tables; a kernel that cannot filter sends all.</summary>
    internal static void Write(ref NetlinkRequest request, int family, int index)
    {
        request.Append(new rtmsg { rtm_family = (byte)family });
        request.AppendAttribute(RTA_OIF, index);
    }

    /// <summary>Reads one.</summary>
    /// <returns>False where it sends nothing on: a local, broadcast or multicast one, or one that the kernel keeps of
    /// a look-up.</returns>
    /// <exception cref="NetlinkException">A length in it cannot be.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, out RouteMessage result)
    {
        result = default;
        if (message.Type != RTM_NEWROUTE)
        {
            return false;
        }

        rtmsg fixedPart = message.ReadFixed<rtmsg>(out ReadOnlySpan<byte> bytes);
        if (fixedPart.rtm_type != RTN_UNICAST || (fixedPart.rtm_flags & RTM_F_CLONED) != 0)
        {
            return false;
        }

        uint table = fixedPart.rtm_table;
        int index = 0;
        ReadOnlySpan<byte> multipath = default;

        // A default route has no RTA_DST.
        IpAddr? destination = fixedPart.rtm_family switch
        {
            AF_INET => IpAddr.FromIPv4(0),
            AF_INET6 => IpAddr.FromIPv6(0, 0),
            _ => null,
        };
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case RTA_DST:
                    destination = ReadAddress(fixedPart.rtm_family, attributes.Value);
                    break;
                case RTA_OIF:
                    index = attributes.ReadNumber<int>(nameof(RTA_OIF));
                    break;
                case RTA_TABLE:
                    table = attributes.ReadNumber<uint>(nameof(RTA_TABLE));
                    break;
                case RTA_MULTIPATH:
                    multipath = attributes.Value;
                    break;
            }
        }

        if (destination is not { } address || fixedPart.rtm_dst_len > address.BitLength || IsMulticast(address))
        {
            return false;
        }

        result = new RouteMessage(
            new IpPrefix(address, fixedPart.rtm_dst_len).Masked(), table, index, multipath);
        return true;
    }

    /// <summary>Whether it leads, alone or among others, through a device.</summary>
    internal unsafe bool LeadsThrough(int index)
    {
        if (_index == index)
        {
            return true;
        }

        ReadOnlySpan<byte> rest = _multipath;
        while (rest.Length >= sizeof(rtnexthop))
        {
            rtnexthop hop = MemoryMarshal.Read<rtnexthop>(rest);
            if (hop.rtnh_ifindex == index)
            {
                return true;
            }

            int length = NetlinkMessage.Align(hop.rtnh_len);
            if (hop.rtnh_len < sizeof(rtnexthop) || length >= rest.Length)
            {
                return false;
            }

            rest = rest[length..];
        }

        return false;
    }

    /// <summary>What people call a table.</summary>
    internal static string TableName(uint table) => table switch
    {
        RT_TABLE_MAIN => "main",
        RT_TABLE_LOCAL => "local",
        RT_TABLE_DEFAULT => "default",
        _ => table.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>An address of a family; null where the bytes are none of it.</summary>
    internal static IpAddr? ReadAddress(byte family, ReadOnlySpan<byte> value) => (family, value.Length) switch
    {
        (AF_INET, 4) or (AF_INET6, 16) => new IpAddr(value),
        _ => null,
    };

    // Older kernels list ff00::/8 among the unicast routes of each device.
    private static bool IsMulticast(IpAddr address) =>
        address.Is6 && address.High >> 56 == 0xff;
}
