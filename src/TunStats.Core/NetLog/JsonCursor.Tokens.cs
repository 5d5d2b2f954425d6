using System;
using System.Buffers;
using System.Text;

namespace TunStats.NetLog;

/// <summary>Strings, numbers and words.</summary>
internal ref partial struct JsonCursor
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(SpecialBytes());

    /// <summary>Reads the string at the next byte, which is its quote. Allocates only for escapes.</summary>
    public bool ReadString(out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = _text[(At + 1)..];
        int end = rest.IndexOfAny(Special);
        if (end >= 0 && rest[end] == '"')
        {
            value = rest[..end];
            At += end + 2;
            return true;
        }

        value = default;
        int start = ++At;
        if (!SkipRestOfString())
        {
            return false;
        }

        value = JsonEscapes.Decode(_text[start..(At - 1)]);
        return true;
    }

    /// <summary>Skips the rest of a string.</summary>
    public bool SkipRestOfString()
    {
        while (true)
        {
            int plain = _text[At..].IndexOfAny(Special);
            if (plain < 0)
            {
                At = _text.Length;
                return Fail(At, "the text ends inside a string.");
            }

            At += plain;
            if (_text[At] == '"')
            {
                At++;
                return true;
            }

            if (_text[At] != '\\')
            {
                return Fail(At, "a control character (a line end, say) is not allowed in a string.");
            }

            int length = JsonEscapes.Length(_text[At..], out int wrong);
            if (length == 0)
            {
                return Fail(
                    At + wrong,
                    At + wrong < _text.Length ? "this is not a valid JSON escape." : "the text ends inside a string.");
            }

            At += length;
        }
    }

    /// <summary>Skips a number.</summary>
    public bool ReadNumber(out ReadOnlySpan<byte> number)
    {
        int start = At;
        number = default;
        At += At < _text.Length && _text[At] == '-' ? 1 : 0;
        int first = At;
        if (SkipDigits() == 0)
        {
            return Fail("a digit");
        }

        if (_text[first] == '0' && At > first + 1)
        {
            return Fail(first, "a number of more than one digit cannot begin with 0.");
        }

        if (At < _text.Length && _text[At] == '.')
        {
            At++;
            if (SkipDigits() == 0)
            {
                return Fail("a digit after the point");
            }
        }

        if (At < _text.Length && _text[At] is (byte)'e' or (byte)'E')
        {
            At++;
            At += At < _text.Length && _text[At] is (byte)'+' or (byte)'-' ? 1 : 0;
            if (SkipDigits() == 0)
            {
                return Fail("a digit of the exponent");
            }
        }

        number = _text[start..At];
        return At < _text.Length || isFinal || Fail(At, "the text ends inside a number.");
    }

    /// <summary>Skips the value at the next byte that is neither object, list nor string.</summary>
    public bool SkipScalar()
    {
        int c = At < _text.Length ? _text[At] : -1;
        return c switch
        {
            't' => SkipWord("true"u8),
            'f' => SkipWord("false"u8),
            'n' => SkipWord("null"u8),
            '-' or (>= '0' and <= '9') => ReadNumber(out _),
            _ => Fail("a value"),
        };
    }

    private bool SkipString()
    {
        At++;
        return SkipRestOfString();
    }

    private int SkipDigits()
    {
        int start = At;
        while (At < _text.Length && _text[At] - (uint)'0' <= 9)
        {
            At++;
        }

        return At - start;
    }

    private bool SkipWord(ReadOnlySpan<byte> word)
    {
        int same = _text[At..].CommonPrefixLength(word);
        if (same < word.Length)
        {
            At += same;
            return Fail($"'{Encoding.ASCII.GetString(word)}'");
        }

        At += word.Length;
        return true;
    }

    /// <summary>The characters that end a plain run in a string: quote, backslash and control characters.</summary>
    private static byte[] SpecialBytes()
    {
        byte[] bytes = new byte[34];
        for (int i = 0; i < 32; i++)
        {
            bytes[i] = (byte)i;
        }

        bytes[32] = (byte)'"';
        bytes[33] = (byte)'\\';
        return bytes;
    }
}
