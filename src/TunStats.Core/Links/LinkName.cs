using System;
using System.Buffers;
using System.Text;
using TunStats.IO;

namespace TunStats.Links;

/// <summary>
/// The names of interfaces. The kernel accepts almost any bytes; in text, a byte that is not part of printable UTF-8, a
/// blank, and the backslash of a text that looks like an escape are written <c>\xNN</c>. Each name has exactly one
/// text, and no two names share one.
/// </summary>
internal static class LinkName
{
    /// <summary>The maximum length of a name in bytes (IFNAMSIZ less the terminating NUL).</summary>
    public const int MaxBytes = Interop.RtnetlinkConstants.IFNAMSIZ - 1;

    /// <summary>The maximum length of an alternative name in bytes (ALTIFNAMSIZ less the terminating NUL).</summary>
    public const int MaxAlternativeBytes = Interop.RtnetlinkConstants.ALTIFNAMSIZ - 1;

    // "\xNN"
    private const int EscapeLength = 4;

    /// <summary>Checks a name or alternative name by the kernel's rules (dev_valid_name).</summary>
    /// <param name="name">The text to check; bytes may be written <c>\xNN</c>.</param>
    /// <returns>Null if valid, else a sentence that says why not.</returns>
    public static string? Validate(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0)
        {
            return "An interface name is empty.";
        }

        int bytes = ToBytes(name).Length;
        if (bytes > MaxAlternativeBytes)
        {
            return $"'{name}' is not a valid interface name: it has {bytes} bytes, and a name has at most "
                + $"{MaxBytes}, an alternative name {MaxAlternativeBytes}.";
        }

        if (name is "." or "..")
        {
            return $"'{name}' is not a valid interface name: the kernel refuses it.";
        }

        foreach (char c in name)
        {
            string? what = c switch
            {
                '/' => "a slash",
                ':' => "a colon",
                '\0' => "a NUL",
                ' ' or (>= '\t' and <= '\r') => "a blank",
                _ => null,
            };
            if (what is not null)
            {
                return $"'{name}' is not a valid interface name: it holds {what}."
                    + (what == "a blank" ? @" Write it as \x20 where an alternative name has one." : "");
            }
        }

        return Array.IndexOf(ToBytes(name), (byte)0) >= 0
            ? $"'{name}' is not a valid interface name: it holds a NUL."
            : null;
    }

    /// <summary>The text of a name, as <see cref="Validate"/> takes it.</summary>
    /// <param name="name">The kernel's bytes, without the NUL.</param>
    internal static string FromBytes(ReadOnlySpan<byte> name)
    {
        if (name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0 && name.IndexOf((byte)'\\') < 0)
        {
            return Encoding.ASCII.GetString(name);
        }

        var text = new StringBuilder();
        while (!name.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(name, out Rune rune, out int length);
            bool isEscaped = (status == OperationStatus.Done && Rune.IsWhiteSpace(rune)) || StartsWithEscape(name);
            if (isEscaped)
            {
                foreach (byte b in name[..length])
                {
                    text.Append(@"\x").Append(Convert.ToHexString([b]).ToLowerInvariant());
                }
            }
            else
            {
                text.Append(PrintableText.Escape(name[..length]));
            }

            name = name[length..];
        }

        return text.ToString();
    }

    /// <summary>The bytes of a name given as text.</summary>
    /// <param name="name">A name; bytes may be written <c>\xNN</c>.</param>
    internal static byte[] ToBytes(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (StartsWithEscape(bytes.AsSpan(i)))
            {
                bytes[length++] = (byte)((HexValue(bytes[i + 2]) << 4) | HexValue(bytes[i + 3]));
                i += EscapeLength - 1;
            }
            else
            {
                bytes[length++] = bytes[i];
            }
        }

        return bytes[..length];
    }

    /// <summary>The canonical text of a name.</summary>
    internal static string Normalize(string name) => FromBytes(ToBytes(name));

    private static bool StartsWithEscape(ReadOnlySpan<byte> text) =>
        text.Length >= EscapeLength && text[0] == '\\' && text[1] == 'x' && HexValue(text[2]) >= 0
        && HexValue(text[3]) >= 0;

    private static int HexValue(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
