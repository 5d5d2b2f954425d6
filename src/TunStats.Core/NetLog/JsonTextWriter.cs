using System;
using System.Buffers;
using System.Text;

namespace TunStats.NetLog;

/// <summary>
/// Writes text as a JSON string: UTF-8 as it is, except for quote, backslash and control characters. An unpaired
/// surrogate becomes U+FFFD.
/// </summary>
internal static class JsonTextWriter
{
    /// <summary>An upper bound of the length in bytes, including quotes.</summary>
    public static int MaxLength(ReadOnlySpan<char> text) => checked((text.Length * 6) + 2);

    /// <summary>Writes a text in quotes and returns its length; the destination is long enough.</summary>
    public static int Write(ReadOnlySpan<char> text, Span<byte> destination)
    {
        int at = 0;
        destination[at++] = (byte)'"';
        while (!text.IsEmpty)
        {
            int plain = PlainLength(text);
            at += Encoding.UTF8.GetBytes(text[..plain], destination[at..]);
            if (plain < text.Length)
            {
                at += Escape(text[plain++], destination[at..]);
            }

            text = text[plain..];
        }

        destination[at++] = (byte)'"';
        return at;
    }

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> text) =>
        output.Advance(Write(text, output.GetSpan(MaxLength(text))));

    private static int PlainLength(ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && text[length] is not ('"' or '\\' or < ' '))
        {
            length++;
        }

        return length;
    }

    private static int Escape(char c, Span<byte> destination)
    {
        byte letter = c switch
        {
            '"' or '\\' => (byte)c,
            '\b' => (byte)'b',
            '\f' => (byte)'f',
            '\n' => (byte)'n',
            '\r' => (byte)'r',
            '\t' => (byte)'t',
            _ => (byte)'u',
        };
        destination[0] = (byte)'\\';
        destination[1] = letter;
        if (letter != (byte)'u')
        {
            return 2;
        }

        destination[2] = (byte)'0';
        destination[3] = (byte)'0';
        destination[4] = (byte)('0' + (c >> 4));
        destination[5] = "0123456789abcdef"u8[c & 0xf];
        return 6;
    }
}
