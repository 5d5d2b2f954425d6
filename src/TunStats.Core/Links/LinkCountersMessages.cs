using TunStats.Netlink;


namespace TunStats.Links;

/// <summary>Turns the messages of an RTM_GETSTATS dump into counters for a visitor.</summary>
internal struct LinkCountersMessages<TVisitor>(TVisitor inner) : INetlinkVisitor
    where TVisitor : ILinkCountersVisitor
{
    internal TVisitor Inner = inner;

    public void Restart() => Inner.Restart();

    public void Visit(scoped in NetlinkMessage message)
    {
        // The kernel sends these counters for every interface; skip one without them.
        if (LinkStatsMessage.TryParse(message, out int index, out LinkCounters counters))
        {
            Inner.Visit(index, counters);
        }
    }
}
