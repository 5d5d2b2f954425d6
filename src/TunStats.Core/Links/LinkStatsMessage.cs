using System;
using TunStats.Interop;
using TunStats.Netlink;
using static TunStats.Interop.RtnetlinkConstants;

namespace TunStats.Links;

/// <summary>RTM_NEWSTATS and the request for it.</summary>
internal static class LinkStatsMessage
{
    /// <summary>Writes struct if_stats_msg of a request for IFLA_STATS_LINK_64.</summary>
    /// <param name="request">An RTM_GETSTATS request.</param>
    /// <param name="index">The interface's index; 0 in a dump of all.</param>
    internal static void Write(ref NetlinkRequest request, int index) => request.Append(new if_stats_msg
    {
        ifindex = (uint)index,
        filter_mask = IFLA_STATS_LINK_64_FILTER,
    });

    /// <summary>Reads the index and the counters out of an RTM_NEWSTATS message.</summary>
    /// <returns>False if the message holds no link counters.</returns>
    /// <exception cref="NetlinkException">A length in it is invalid.</exception>
    /// <exception cref="TunStatsException">The counters are shorter than the oldest kernel's.</exception>
    internal static bool TryParse(scoped in NetlinkMessage message, out int index, out LinkCounters counters)
    {
        if_stats_msg fixedPart = message.ReadFixed<if_stats_msg>(out ReadOnlySpan<byte> bytes);
        index = (int)fixedPart.ifindex;
        var attributes = new NetlinkAttributeReader(bytes);
        while (attributes.Read())
        {
            if (attributes.Type == IFLA_STATS_LINK_64)
            {
                counters = LinkCounters.Parse(attributes.Value);
                return true;
            }
        }

        counters = default;
        return false;
    }
}
