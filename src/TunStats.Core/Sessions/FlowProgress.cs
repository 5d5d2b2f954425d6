using System.Collections.Generic;

namespace TunStats.Sessions;

/// <summary>How far a source is.</summary>
/// <param name="Source">The device or the file; how many devices where there are more than a few.</param>
/// <param name="Activity">What is going on, as a text for the user.</param>
/// <param name="Fraction">The part that is done, 0 to 1; null where there is no end to measure by.</param>
public readonly record struct FlowProgress(string Source, string Activity, double? Fraction)
{
    private const int MaxNames = 4;

    /// <summary>One text for several sources.</summary>
    internal static string NameOf(IReadOnlyCollection<string> sources) =>
        sources.Count <= MaxNames ? string.Join(", ", sources) : $"{sources.Count} devices";
}
