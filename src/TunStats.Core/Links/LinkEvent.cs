using System;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.RtnetlinkConstants;
using static TunStats.Interop.SocketConstants;

namespace TunStats.Links;

/// <summary>
/// The parts of an RTM_NEWLINK or RTM_DELLINK event that a watch needs; strings are made only on demand.
/// </summary>
internal readonly ref struct LinkEvent
{
    private LinkEvent(
        int index,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> properties,
        ReadOnlySpan<byte> stats,
        bool isRemoval,
        bool goesElsewhere)
    {
        Properties = properties;
        Index = index;
        Name = name;
        Stats = stats;
        IsRemoval = isRemoval;
        GoesElsewhere = goesElsewhere;
    }

    internal int Index { get; }

    /// <summary>The name's bytes; empty if the kernel sent none.</summary>
    internal ReadOnlySpan<byte> Name { get; }

    /// <summary>The IFLA_PROP_LIST, which holds the alternative names; empty if the device has none.</summary>
    internal ReadOnlySpan<byte> Properties { get; }

    /// <summary>
    /// Whether the event describes the whole device; the events of wireless drivers hold little more than its name.
    /// </summary>
    internal bool IsComplete => !Stats.IsEmpty;

    internal bool IsRemoval { get; }

    /// <summary>Whether a removal is a move to another namespace (IFLA_NEW_NETNSID).</summary>
    internal bool GoesElsewhere { get; }

    private ReadOnlySpan<byte> Stats { get; }

    /// <summary>Reads an event.</summary>
    /// <returns>False if the message does not add, remove or change a device.</returns>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, out LinkEvent result)
    {
        result = default;
        if (message.Type is not (RTM_NEWLINK or RTM_DELLINK))
        {
            return false;
        }

        // A bridge reports its ports with the same messages under AF_BRIDGE: a port that leaves is not a removed
        // device.
        ifinfomsg fixedPart = message.ReadFixed<ifinfomsg>(out ReadOnlySpan<byte> bytes);
        if (fixedPart.ifi_family != AF_UNSPEC)
        {
            return false;
        }

        ReadOnlySpan<byte> name = default, properties = default, stats = default;
        bool goesElsewhere = false;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case IFLA_IFNAME:
                    name = attributes.ReadTextBytes();
                    break;
                case IFLA_PROP_LIST:
                    properties = attributes.Value;
                    break;
                case IFLA_STATS64:
                    stats = attributes.Value;
                    break;
                case IFLA_NEW_NETNSID:
                    goesElsewhere = true;
                    break;
            }
        }

        result = new LinkEvent(
            fixedPart.ifi_index, name, properties, stats, message.Type == RTM_DELLINK, goesElsewhere);
        return true;
    }

    /// <summary>The counters that came with the event; null if none did.</summary>
    internal LinkCounters? ReadCounters() =>
        Stats.Length < rtnl_link_stats64.OldestSize ? null : LinkCounters.Parse(Stats);
}
