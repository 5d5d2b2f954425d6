using System;
using System.Globalization;
using System.Text;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.NetLog;

/// <summary>
/// Reads the values of members: texts, times, counts, addresses. False if the text is not valid JSON or ends too
/// early; null counts as a missing member.
/// </summary>
internal static class NetLogValues
{
    private const int ShownLength = 64;

    public static bool TryReadTime(ref JsonCursor json, string path, out NanoTime? time)
    {
        time = null;
        int at = json.At;
        if (!IsText(ref json, path, "a time in quotes", out ReadOnlySpan<byte> text, out bool failed))
        {
            return !failed;
        }

        if (NanoTime.TryParse(text, out NanoTime parsed))
        {
            time = parsed;
        }
        else
        {
            json.Note(at, $"'{Shown(text)}' is not a valid RFC 3339 time; write it as 2006-01-02T15:04:05.999Z.", path);
        }

        return true;
    }

    public static bool ReadText(ref JsonCursor json, string path, out string value)
    {
        bool isText = IsText(ref json, path, "a text in quotes", out ReadOnlySpan<byte> text, out bool failed);
        value = isText ? Encoding.UTF8.GetString(text) : string.Empty;
        return isText || !failed;
    }

    public static bool ReadProtocol(ref JsonCursor json, string path, out ulong value)
    {
        if (json.Peek() != '"')
        {
            int at = json.At;
            if (!ReadCount(ref json, path, out value))
            {
                return false;
            }

            if (value > byte.MaxValue)
            {
                json.Note(at, $"{value} is not a valid protocol number; 255 is the largest.", path);
            }

            return true;
        }

        value = 0;
        int start = json.At;
        if (!json.ReadString(out ReadOnlySpan<byte> text))
        {
            return false;
        }

        if (IpProtocol.TryParse(text, out IpProtocol protocol))
        {
            value = protocol.Number;
        }
        else
        {
            json.Note(start, $"'{Shown(text)}' is not a valid protocol: give its number, or a name such as tcp.", path);
        }

        return true;
    }

    public static bool ReadCount(ref JsonCursor json, string path, out ulong value)
    {
        value = 0;
        int start = json.At;
        if (json.Peek() is not ('-' or (>= '0' and <= '9')))
        {
            return json.TryTakeNull() || IsSkipped(ref json, "expected a number from 0 on.", path);
        }

        if (!json.ReadNumber(out ReadOnlySpan<byte> number))
        {
            return false;
        }

        if (!TryParseCount(number, out value))
        {
            string reason = number[0] == '-' ? "is negative"
                : number.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? "is not a whole number"
                : "is too large; 18446744073709551615 is the most";
            json.Note(start, $"{Shown(number)} {reason}.", path);
        }

        return true;
    }

    private static bool TryParseCount(ReadOnlySpan<byte> number, out ulong value)
    {
        // Up to 19 digits cannot be too large.
        const int Safe = 19;
        value = 0;
        if (number.Length > Safe)
        {
            return ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }

        foreach (byte c in number)
        {
            uint digit = c - (uint)'0';
            if (digit > 9)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        return true;
    }

    public static bool ReadEndpoint(ref JsonCursor json, string path, out AddrPort endpoint)
    {
        endpoint = default;
        int start = json.At;
        if (!IsText(ref json, path, "an address with a port, in quotes", out var text, out bool failed))
        {
            return !failed;
        }

        if (!AddrPort.TryParse(text, out endpoint, out IpParseError error))
        {
            json.Note(start, $"'{Shown(text)}' is not a valid address with a port: {error.Describe()}.", path);
        }

        return true;
    }

    /// <summary>Reads a text. False for null, for another value, which is recorded, and on failure.</summary>
    public static bool IsText(
        ref JsonCursor json, string path, string what, out ReadOnlySpan<byte> text, out bool failed)
    {
        text = default;
        if (json.Peek() == '"')
        {
            failed = !json.ReadString(out text);
            return !failed;
        }

        failed = !json.TryTakeNull() && !IsSkipped(ref json, $"expected {what}.", path);
        return false;
    }

    public static bool IsSkipped(ref JsonCursor json, string reason, string path = "")
    {
        json.Note(json.At, reason, path);
        return json.SkipValue();
    }

    /// <summary>A text for an error message: limited, on one line.</summary>
    public static string Shown(ReadOnlySpan<byte> text)
    {
        if (text.Length <= ShownLength)
        {
            return PrintableText.Escape(text);
        }

        // Do not split a character.
        int length = ShownLength;
        while (length > 0 && (text[length] & 0xc0) == 0x80)
        {
            length--;
        }

        return PrintableText.Escape(text[..length]) + "…";
    }
}
