using System.Collections.Generic;

namespace TunStats.Export;

/// <summary>Where a worker takes entries from: memory or disk. They stay there until they are removed.</summary>
internal interface IEntrySource
{
    /// <summary>Adds the oldest entries to a batch, at least one where there is one.</summary>
    /// <param name="batch">An empty list.</param>
    /// <param name="maxMessages">The most entries.</param>
    /// <param name="maxBytes">The most bytes of their lines, unless the first alone has more.</param>
    /// <returns>False if there is none.</returns>
    bool Peek(List<LogEntry> batch, int maxMessages, int maxBytes);

    /// <summary>Removes the oldest entries of the last batch.</summary>
    /// <returns>False if they were given up meanwhile: they are counted already.</returns>
    bool Remove(int count);
}
