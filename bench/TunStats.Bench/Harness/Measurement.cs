using System.Globalization;

namespace TunStats.Bench.Harness;

/// <summary>What a case found.</summary>
/// <param name="Text">The figure, with its unit.</param>
/// <param name="IsMet">Whether it reaches the goal.</param>
internal sealed record Measurement(string Text, bool IsMet)
{
    internal static Measurement Ratio(SideBySide.Result result, double goal, string unit, double nanoseconds) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Ratio:0.00} x C ({result.Mine / nanoseconds:0.00} and {result.Limit / nanoseconds:0.00} {unit})"),
        result.Ratio <= goal);

    internal static Measurement Most(double figure, double goal, string unit) => new(
        string.Create(CultureInfo.InvariantCulture, $"{figure:0.##} {unit}"), figure <= goal);
}
