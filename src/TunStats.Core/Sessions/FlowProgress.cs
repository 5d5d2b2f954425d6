using System.Collections.Generic;

namespace TunStats.Sessions;

/// <summary>The progress of a source.</summary>
/// <param name="Source">The device or the file; the number of devices if there are more than a few.</param>
/// <param name="Activity">The current activity, as a text for the user.</param>
/// <param name="Fraction">The completed fraction, 0 to 1; null if there is no known end.</param>
internal readonly record struct FlowProgress(string Source, string Activity, double? Fraction)
{
    private const int MaxNames = 4;

    /// <summary>One text for several sources.</summary>
    internal static string NameOf(IReadOnlyCollection<string> sources) =>
        sources.Count <= MaxNames ? string.Join(", ", sources) : $"{sources.Count} devices";
}
