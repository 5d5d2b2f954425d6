using TunStats.Interop;

namespace TunStats.Links;

/// <summary>Takes what a query finds, as it finds it.</summary>
public interface ILinkQuerySink
{
    /// <summary>Takes the counters of one interface.</summary>
    /// <param name="stats">The snapshot.</param>
    void OnStats(RtnlLinkStats64 stats);

    /// <summary>Takes the error of one input; the query goes on with the others.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="input">The name or index that was given.</param>
    void OnError(TunStatsException error, object input);

    /// <summary>Takes a warning about the whole.</summary>
    /// <param name="message">A sentence for the user.</param>
    void OnWarning(string message);
}
