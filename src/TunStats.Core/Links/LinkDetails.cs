using System.Collections.Generic;

namespace TunStats.Links;

/// <summary>The state of all links of a namespace and the counters of their queueing disciplines.</summary>
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

    /// <summary>Adds the details to counters; leaves them unchanged if the device was removed meanwhile.</summary>
    internal RtnlLinkStats64 AddTo(RtnlLinkStats64 stats) =>
        Find(stats.Index, out QdiscStats? queue) is { } link ? new DetailedLinkStats(stats, link, queue) : stats;

    /// <summary>Finds a link and its queue.</summary>
    /// <param name="index">The link's index.</param>
    /// <param name="queue">What its queueing discipline counts; null if it has none.</param>
    /// <returns>Null if there is no such link.</returns>
    internal LinkInfo? Find(int index, out QdiscStats? queue)
    {
        queue = _queues.TryGetValue(index, out QdiscStats found) ? found : null;
        return _links.GetValueOrDefault(index);
    }
}
