using System;
using System.Globalization;

namespace TunStats.IO;

/// <summary>Durations as users type them: seconds, or a number with its unit, or hh:mm:ss.</summary>
internal static class Durations
{
    private static readonly (string Suffix, double Seconds)[] Units =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    /// <summary>Reads 15, 0.5, 500ms, 15s, 5m, 1h, 1d and 00:00:15.</summary>
    public static bool TryParse(string text, out TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParseExact(text, ["c", "g"], CultureInfo.InvariantCulture, out time);
        }

        string number = text;
        double factor = 1;
        foreach ((string suffix, double seconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                (number, factor) = (text[..^suffix.Length], seconds);
                break;
            }
        }

        time = default;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out double value)
            || !double.IsFinite(value) || Math.Abs(value * factor) > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return false;
        }

        time = TimeSpan.FromSeconds(value * factor);
        return true;
    }
}
