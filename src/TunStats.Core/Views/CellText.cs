using System.Globalization;
using System.Text;
using TunStats.IO;

namespace TunStats.Views;

/// <summary>
/// Text for the cells of a terminal: names of others command nothing, and wide characters count twice.
/// </summary>
internal static class CellText
{
    /// <summary>How many cells a text takes.</summary>
    internal static int Width(string text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Width(rune);
        }

        return width;
    }

    /// <summary>A text in exactly so many cells: filled up, or cut, which <c>…</c> shows.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="isRight">Whether it stands at the right.</param>
    internal static string Fit(string text, int cells, bool isRight = false)
    {
        if (cells <= 0)
        {
            return "";
        }

        text = PrintableText.Escape(text);
        int width = Width(text);
        if (width > cells)
        {
            text = Cut(text, cells - 1) + "…";
            width = Width(text);
        }

        string blanks = new(' ', cells - width);
        return isRight ? blanks + text : text + blanks;
    }

    private static string Cut(string text, int cells)
    {
        var cut = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            cells -= Width(rune);
            if (cells < 0)
            {
                break;
            }

            cut.Append(rune);
        }

        return cut.ToString();
    }

    /// <summary>By the ranges of East Asian Width that are wide in every terminal.</summary>
    internal static int Width(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => rune.Value is (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3)
            or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60)
            or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd) ? 2 : 1,
    };
}
