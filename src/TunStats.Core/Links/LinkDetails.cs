using System.Collections.Generic;

namespace TunStats.Links;

/// <summary>The state of all links of a namespace and what their queueing disciplines count.</summary>
internal sealed class LinkDetails
{
    private readonly Dictionary<int, LinkInfo> _links = [];
    private readonly IReadOnlyDictionary<int, QdiscStats> _queues;

    internal LinkDetails(IReadOnlyList<LinkInfo> links, IReadOnlyDictionary<int, QdiscStats> queues)
    {
        _queues = queues;
        foreach (LinkInfo link in links)
        {
            _links[link.Index] = link;
        }
    }

    /// <summary>Adds the details to counters; leaves them as they are where the device went meanwhile.</summary>
    internal RtnlLinkStats64 AddTo(RtnlLinkStats64 stats) => !_links.TryGetValue(stats.Index, out LinkInfo? link)
        ? stats
        : new DetailedLinkStats(
            stats, link, _queues.TryGetValue(stats.Index, out QdiscStats queue) ? queue : null);
}
