using System;
using System.Collections.Generic;

namespace TunStats.Views;

/// <summary>Values over time as one line of characters that grow with the value.</summary>
internal static class Sparkline
{
    private const string Blocks = " ▁▂▃▄▅▆▇█";
    private const string Ascii = " .:-=+*#@";

    /// <summary>Draws the newest values at the right. A value above zero is never blank.</summary>
    /// <param name="values">One value a second, oldest first.</param>
    /// <param name="cells">How many cells there are.</param>
    /// <param name="perCell">How many values a cell stands for: the highest of them.</param>
    /// <param name="isUnicode">Blocks, else ASCII.</param>
    internal static string Draw(IReadOnlyList<double> values, int cells, int perCell, bool isUnicode)
    {
        Span<double> heights = stackalloc double[Math.Min(cells, 512)];
        double highest = 0;
        for (int i = 0; i < heights.Length; i++)
        {
            int end = values.Count - ((heights.Length - 1 - i) * perCell);
            for (int j = Math.Max(0, end - perCell); j < end; j++)
            {
                heights[i] = Math.Max(heights[i], values[j]);
            }

            highest = Math.Max(highest, heights[i]);
        }

        string levels = isUnicode ? Blocks : Ascii;
        Span<char> text = stackalloc char[heights.Length];
        for (int i = 0; i < heights.Length; i++)
        {
            double share = highest > 0 ? heights[i] / highest : 0;
            text[i] = levels[heights[i] > 0 ? Math.Max(1, (int)Math.Round(share * (levels.Length - 1))) : 0];
        }

        return new string(text);
    }
}
