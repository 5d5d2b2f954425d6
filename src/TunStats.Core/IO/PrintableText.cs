using System;
using System.Globalization;
using System.Text;

namespace TunStats.IO;

/// <summary>
/// Text from outside, made safe for a terminal and a log of one line per message: what moves the cursor, starts an
/// escape sequence or changes the direction of text is shown as <c>\xNN</c> (bytes) or <c>\uNNNN</c>.
/// </summary>
public static class PrintableText
{
    /// <summary>Escapes what a terminal would act on.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The same text where there is nothing to escape.</returns>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
        {
            if (IsUnsafe(text, i))
            {
                return EscapeFrom(text, i);
            }
        }

        return text;
    }

    private static string EscapeFrom(string text, int first)
    {
        var safe = new StringBuilder(text.Length + 16).Append(text, 0, first);
        for (int i = first; i < text.Length; i++)
        {
            char c = text[i];
            if (!IsUnsafe(text, i))
            {
                safe.Append(c);
            }
            else if (c < 0x80)
            {
                safe.Append(CultureInfo.InvariantCulture, $@"\x{(int)c:x2}");
            }
            else
            {
                safe.Append(CultureInfo.InvariantCulture, $@"\u{(int)c:x4}");
            }
        }

        return safe.ToString();
    }

    private static bool IsUnsafe(string text, int index)
    {
        char c = text[index];
        return c < 0x7f
            ? c < ' '
            : char.GetUnicodeCategory(c) switch
            {
                // C0 and C1 controls, marks of direction, line and paragraph separators.
                UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
                UnicodeCategory.Surrogate => char.IsHighSurrogate(c)
                    ? index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1])
                    : index == 0 || !char.IsHighSurrogate(text[index - 1]),
                _ => false,
            };
    }
}
