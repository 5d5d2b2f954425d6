using System.Globalization;
using System.Linq;
using TunStats.IO;

namespace TunStats.Export;

/// <summary>Messages that a sink did not deliver, by cause.</summary>
/// <param name="QueueFull">The destination was too slow or away, and the queue was full.</param>
/// <param name="Refused">The destination refused them for good.</param>
/// <param name="TooLarge">The destination does not take messages of this size.</param>
/// <param name="Stopped">They were still queued when the time to stop was up.</param>
public sealed record SinkDrops(long QueueFull = 0, long Refused = 0, long TooLarge = 0, long Stopped = 0)
{
    /// <summary>They could not be read from the spool, at least so many.</summary>
    public long Damaged { get; init; }

    /// <summary>All of them.</summary>
    public long Total => QueueFull + Refused + TooLarge + Stopped + Damaged;

    /// <summary>The total, and behind it the causes that occurred: <c>5 (3 QueueFull, 2 Stopped)</c>.</summary>
    public override string ToString()
    {
        (string Cause, long Count)[] causes =
        [
            (nameof(QueueFull), QueueFull), (nameof(Refused), Refused), (nameof(TooLarge), TooLarge),
            (nameof(Stopped), Stopped), (nameof(Damaged), Damaged),
        ];
        string text = string.Join(
            ", ",
            causes.Where(c => c.Count > 0).Select(c => CountText.Of(c.Count, c.Cause, c.Cause)));
        return Total.ToString(CultureInfo.InvariantCulture) + (text.Length > 0 ? $" ({text})" : "");
    }
}
