using System;
using System.Collections.Generic;
using TunStats.Netlink;

namespace TunStats.Links;

/// <summary>Collects the interfaces of an RTM_GETLINK dump.</summary>
internal readonly struct LinkCollector(Predicate<LinkInfo>? predicate) : INetlinkVisitor
{
    internal List<LinkInfo> Links { get; } = [];

    public void Restart() => Links.Clear();

    public void Visit(scoped in NetlinkMessage message)
    {
        LinkInfo link = LinkInfo.Parse(message);
        if (predicate is null || predicate(link))
        {
            Links.Add(link);
        }
    }
}
