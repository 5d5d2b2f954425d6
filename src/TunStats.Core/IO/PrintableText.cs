using System;
using System.Buffers;
using System.Globalization;
using System.Text;

namespace TunStats.IO;

/// <summary>
/// Escapes foreign text, such as names of devices, files and nodes, for a terminal: characters that could control the
/// terminal or reorder the text. These are control characters (C0, DEL, C1), bidirectional controls, line and paragraph
/// separators, and surrogates without their other half. Escapes are <c>\xNN</c> for a byte and <c>\uNNNN</c> for a
/// UTF-16 unit from U+0080 on; all other characters stay.
/// </summary>
internal static class PrintableText
{
    private const char Cut = '…';

    /// <summary>The same text with escapes; the same instance if nothing needs one.</summary>
    /// <param name="text">The text.</param>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IndexOfUnprintable(text) < 0 ? text : EscapeChars(text, text.Length);
    }

    /// <summary>As <see cref="Escape(string)"/>; a text that is too long is cut, and <c>…</c> follows.</summary>
    /// <param name="text">The text, of any length.</param>
    /// <param name="maxLength">The maximum number of UTF-16 units shown.</param>
    public static string Escape(ReadOnlySpan<char> text, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        return EscapeChars(text, maxLength);
    }

    /// <summary>
    /// A name of bytes, such as the kernel's names of devices and files: UTF-8 is shown as text, and each byte that is
    /// not UTF-8, or belongs to an unprintable character, as <c>\xNN</c>.
    /// </summary>
    /// <param name="bytes">The name.</param>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        var output = new StringBuilder(bytes.Length);
        Span<char> units = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            ReadOnlySpan<char> text = units[..rune.EncodeToUtf16(units)];
            if (status == OperationStatus.Done && IndexOfUnprintable(text) < 0)
            {
                output.Append(text);
            }
            else
            {
                foreach (byte b in bytes[..length])
                {
                    AppendByte(output, b);
                }
            }

            bytes = bytes[length..];
        }

        return output.ToString();
    }

    /// <summary>Appends a text with escapes.</summary>
    /// <param name="output">Where to append.</param>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">The maximum number of UTF-16 units; a longer text is cut, marked by <c>…</c>.</param>
    public static void Append(StringBuilder output, ReadOnlySpan<char> text, int maxLength = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(output);
        bool isCut = text.Length > maxLength;
        if (isCut)
        {
            // Do not split a surrogate pair.
            int length = maxLength - (maxLength > 0 && char.IsHighSurrogate(text[maxLength - 1]) ? 1 : 0);
            text = text[..length];
        }

        while (IndexOfUnprintable(text) is >= 0 and var plain)
        {
            output.Append(text[..plain]);
            AppendUnit(output, text[plain]);
            text = text[(plain + 1)..];
        }

        output.Append(text);
        if (isCut)
        {
            output.Append(Cut);
        }
    }

    private static string EscapeChars(ReadOnlySpan<char> text, int maxLength)
    {
        var output = new StringBuilder(Math.Min(text.Length, maxLength) + 16);
        Append(output, text, maxLength);
        return output.ToString();
    }

    private static int IndexOfUnprintable(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAnyExceptInRange(' ', '~');
        while (at >= 0 && at < text.Length)
        {
            char c = text[at];
            if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
            {
                at += 2;
                continue;
            }

            if (IsUnprintable(c))
            {
                return at;
            }

            at++;
        }

        return -1;
    }

    private static bool IsUnprintable(char c) => c switch
    {
        <= '~' => c < ' ',
        <= '\u009f' => true,
        '\u061c' or '\u200e' or '\u200f' => true,
        >= '\u2028' and <= '\u202e' => true,
        >= '\u2066' and <= '\u2069' => true,
        _ => char.IsSurrogate(c),
    };

    private static void AppendUnit(StringBuilder output, char c)
    {
        if (c < '\u0080')
        {
            AppendByte(output, (byte)c);
        }
        else
        {
            output.Append(CultureInfo.InvariantCulture, $@"\u{(int)c:x4}");
        }
    }

    private static void AppendByte(StringBuilder output, byte b) =>
        output.Append(CultureInfo.InvariantCulture, $@"\x{b:x2}");
}
