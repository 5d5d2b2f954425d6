using System;

namespace TunStats.Links;

/// <summary>
/// The 64-bit counters of one interface at one instant, as the kernel keeps them (struct rtnl_link_stats64, read with
/// RTM_GETSTATS). A snapshot: it never changes.
/// </summary>
public class RtnlLinkStats64 : LinkCounterSet
{
    /// <summary>Combines counters with their interface.</summary>
    /// <param name="name">The interface's name.</param>
    /// <param name="index">Its index (ifindex).</param>
    /// <param name="kind">Its kind, such as <c>tun</c>.</param>
    /// <param name="timestamp">When the counters were read, UTC.</param>
    /// <param name="counters">What was read.</param>
    public RtnlLinkStats64(string name, int index, string kind, DateTime timestamp, LinkCounters counters)
        : base(counters)
    {
        Name = name;
        Index = index;
        Kind = kind;
        Timestamp = timestamp;
    }

    /// <summary>The interface's name, such as <c>tailscale0</c>. Source: IFLA_IFNAME.</summary>
    public string Name { get; }

    /// <summary>
    /// The interface's index, unique in its namespace while the interface is there. Source: ifi_index.
    /// </summary>
    public int Index { get; }

    /// <summary>
    /// The kind of device: the driver's name for it (<c>tun</c>, <c>wireguard</c>, <c>veth</c>, … of IFLA_INFO_KIND),
    /// or where there is none its hardware type (<c>loopback</c>, <c>ether</c>, … of ifi_type).
    /// </summary>
    public string Kind { get; }

    /// <summary>When the counters were read: wall clock, UTC.</summary>
    public DateTime Timestamp { get; }

    /// <summary>The interface's name.</summary>
    public override string ToString() => Name;
}
