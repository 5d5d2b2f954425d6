using TunStats.Interop;

namespace TunStats.Links;

/// <summary>Receives the results of a query as they come.</summary>
internal interface ILinkQuerySink
{
    /// <summary>Receives the counters of one interface.</summary>
    /// <param name="stats">The snapshot.</param>
    void OnStats(RtnlLinkStats64 stats);

    /// <summary>Receives the error of one input; the query continues.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="input">The name or index that was given.</param>
    void OnError(TunStatsException error, object input);

    /// <summary>Receives a warning about the whole query.</summary>
    /// <param name="message">A sentence for the user.</param>
    void OnWarning(string message);
}
