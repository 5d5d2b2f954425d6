using System;
using System.Collections.Generic;

namespace TunStats.Links;

/// <summary>Joins the counters of a dump with the interfaces that they belong to.</summary>
internal readonly struct LinkStatsCollector : ILinkCountersVisitor
{
    private readonly Dictionary<int, LinkInfo> _links;
    private readonly TimeProvider _timeProvider;

    internal LinkStatsCollector(IReadOnlyList<LinkInfo> links, TimeProvider timeProvider)
    {
        _links = new Dictionary<int, LinkInfo>(links.Count);
        _timeProvider = timeProvider;
        Stats = new List<RtnlLinkStats64>(links.Count);
        foreach (LinkInfo link in links)
        {
            _links[link.Index] = link;
        }
    }

    internal List<RtnlLinkStats64> Stats { get; }

    public void Restart() => Stats.Clear();

    public void Visit(int index, in LinkCounters counters)
    {
        if (_links.TryGetValue(index, out LinkInfo? link))
        {
            DateTime now = _timeProvider.GetUtcNow().UtcDateTime;
            Stats.Add(new RtnlLinkStats64(link.Name, index, link.Kind, now, counters));
        }
    }
}
