namespace TunStats.Links;

/// <summary>Takes the counters of every interface of a dump, one after the other.</summary>
/// <remarks>Implemented by structs, so that a dump of thousands of interfaces allocates nothing.</remarks>
public interface ILinkCountersVisitor
{
    /// <summary>Forgets what was visited: the dump starts again from its beginning.</summary>
    void Restart();

    /// <summary>Takes one interface's counters.</summary>
    /// <param name="index">The interface's index.</param>
    /// <param name="counters">Its counters.</param>
    void Visit(int index, in LinkCounters counters);
}
