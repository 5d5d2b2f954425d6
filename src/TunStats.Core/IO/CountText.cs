using System.Globalization;

namespace TunStats.IO;

/// <summary>Counts in messages, with singular or plural.</summary>
internal static class CountText
{
    /// <summary>For example "1 packet was" and "2 packets were".</summary>
    internal static string Of(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
