namespace TunStats.Links;

/// <summary>Receives the counters of every interface of a dump, one by one.</summary>
/// <remarks>Implemented by structs, so that a dump of thousands of interfaces allocates nothing.</remarks>
internal interface ILinkCountersVisitor
{
    /// <summary>Discards what was visited: the dump restarts.</summary>
    void Restart();

    /// <summary>Receives one interface's counters.</summary>
    /// <param name="index">The interface's index.</param>
    /// <param name="counters">Its counters.</param>
    void Visit(int index, in LinkCounters counters);
}
