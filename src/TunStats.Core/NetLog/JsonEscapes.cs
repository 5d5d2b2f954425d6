using System;
using System.Globalization;
using System.Text;

namespace TunStats.NetLog;

/// <summary>The escapes of JSON strings.</summary>
internal static class JsonEscapes
{
    /// <summary>
    /// The length of the escape at the start of a text; 0 if it is not valid, with the position of the error (the
    /// text's length if only its end is missing).
    /// </summary>
    public static int Length(ReadOnlySpan<byte> text, out int wrong)
    {
        wrong = 1;
        if (text.Length < 2)
        {
            return 0;
        }

        if (text[1] != 'u')
        {
            return "\"\\/bfnrt"u8.Contains(text[1]) ? 2 : 0;
        }

        for (wrong = 2; wrong < 6; wrong++)
        {
            if (wrong >= text.Length || !char.IsAsciiHexDigit((char)text[wrong]))
            {
                return 0;
            }
        }

        return 6;
    }

    /// <summary>The text of a string with valid escapes; an unpaired surrogate becomes U+FFFD.</summary>
    public static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> text)
    {
        // An escape is never shorter than its character.
        byte[] decoded = new byte[text.Length];
        int length = 0;
        while (!text.IsEmpty)
        {
            int plain = text.IndexOf((byte)'\\');
            plain = plain < 0 ? text.Length : plain;
            text[..plain].CopyTo(decoded.AsSpan(length));
            length += plain;
            text = text[plain..];
            if (!text.IsEmpty)
            {
                length += DecodeOne(ref text, decoded.AsSpan(length));
            }
        }

        return decoded.AsSpan(0, length);
    }

    private static int DecodeOne(ref ReadOnlySpan<byte> text, Span<byte> destination)
    {
        if (text[1] == 'u')
        {
            char unit = Unit(text);
            text = text[6..];
            if (char.IsHighSurrogate(unit) && text.Length >= 6 && text[0] == '\\' && text[1] == 'u'
                && char.IsLowSurrogate(Unit(text)))
            {
                Rune pair = new(unit, Unit(text));
                text = text[6..];
                return pair.EncodeToUtf8(destination);
            }

            Rune rune = Rune.TryCreate(unit, out Rune whole) ? whole : Rune.ReplacementChar;
            return rune.EncodeToUtf8(destination);
        }

        destination[0] = (char)text[1] switch
        {
            'b' => (byte)'\b',
            'f' => (byte)'\f',
            'n' => (byte)'\n',
            'r' => (byte)'\r',
            't' => (byte)'\t',
            char other => (byte)other,
        };
        text = text[2..];
        return 1;
    }

    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
