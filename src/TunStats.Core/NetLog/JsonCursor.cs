using System;
using System.Globalization;

namespace TunStats.NetLog;

/// <summary>
/// Reads JSON from a span without exceptions: a method that returns false has set position and reason. If the span ends
/// too early, the position is its end: the caller may retry with more bytes.
/// </summary>
internal ref partial struct JsonCursor(ReadOnlySpan<byte> text, bool isFinal, int maxDepth)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>The next byte.</summary>
    public int At { get; set; }

    /// <summary>Why the last method failed.</summary>
    public JsonProblem Error { get; private set; }

    /// <summary>The first value that is valid JSON but not as expected; reading continues after it.</summary>
    public JsonProblem Problem { get; private set; }

    /// <summary>Whether the failure may only be that the span ends too early.</summary>
    public readonly bool NeedsMore => !isFinal && Error.At >= _text.Length;

    /// <summary>Records a value that is valid JSON but not as expected; only the first is kept.</summary>
    public void Note(int at, string reason, string path)
    {
        if (!Problem.IsAny)
        {
            Problem = new JsonProblem(NetLogErrorKind.Value, at, reason, path);
        }
    }

    /// <summary>Sets the member of the problem.</summary>
    public void SetProblemPath(string path) => Problem = Problem with { Path = path };

    /// <summary>Fails at the next byte.</summary>
    public bool Fail(string wanted)
    {
        int c = At < _text.Length ? _text[At] : -1;
        return Fail(At, Expected(wanted, c));
    }

    public bool Fail(int at, string reason, NetLogErrorKind kind = NetLogErrorKind.Syntax, string path = "")
    {
        Error = new JsonProblem(kind, at, reason, path);
        return false;
    }

    /// <summary>The message for an unexpected byte; -1 for the end.</summary>
    public static string Expected(string wanted, int found)
    {
        string what = found < 0 ? "the end of the text"
            : found is > ' ' and < 0x7f ? $"'{(char)found}'"
            : string.Create(CultureInfo.InvariantCulture, $"byte 0x{found:x2}");
        return $"expected {wanted}, found {what}.";
    }

    /// <summary>Skips white space; the byte after it, -1 at the end.</summary>
    public int Peek()
    {
        while (At < _text.Length)
        {
            byte c = _text[At];
            if (c is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return c;
            }

            At++;
        }

        return -1;
    }

    /// <summary>Skips white space and a byte, where it is this one.</summary>
    public bool TryTake(char wanted)
    {
        if (Peek() != wanted)
        {
            return false;
        }

        At++;
        return true;
    }

    /// <summary>
    /// Enters an object or moves to its next member. False at its end and on failure; see <see cref="Error"/>.
    /// </summary>
    public bool NextMember(ref bool isFirst, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (TryTake('}'))
        {
            return false;
        }

        if (!isFirst && !TryTake(','))
        {
            return Fail("',' or '}'");
        }

        bool wasFirst = isFirst;
        isFirst = false;
        if (Peek() != '"')
        {
            return Fail(wasFirst ? "a member's name in quotes or '}'" : "a member's name in quotes");
        }

        if (!ReadString(out name))
        {
            return false;
        }

        return TryTake(':') ? Peek() >= 0 || Fail("a value") : Fail("':' after a member's name");
    }

    /// <summary>Enters a list or moves to its next item. False at its end and on failure.</summary>
    public bool NextItem(ref bool isFirst)
    {
        if (TryTake(']'))
        {
            return false;
        }

        if (!isFirst && !TryTake(','))
        {
            return Fail("',' or ']'");
        }

        isFirst = false;
        return Peek() >= 0 || Fail("a value");
    }

    /// <summary>Whether the value at the next byte is null; it is skipped then.</summary>
    public bool TryTakeNull()
    {
        if (!_text[At..].StartsWith("null"u8))
        {
            return false;
        }

        At += 4;
        return true;
    }

    /// <summary>Skips a value of any kind, without recursion.</summary>
    public bool SkipValue()
    {
        BitStack isArray = default;
        while (true)
        {
            int c = Peek();
            bool opened = c is '{' or '[';
            if (opened && !isArray.TryPush(c == '[', maxDepth))
            {
                return Fail(At, TooDeep(maxDepth), NetLogErrorKind.TooDeep);
            }

            if (opened)
            {
                At++;
            }
            else if (c == '"' ? !SkipString() : !SkipScalar())
            {
                return false;
            }

            // Close what ends here; then the next member or item begins.
            bool isFirst = opened;
            while (true)
            {
                if (isArray.Depth == 0)
                {
                    return true;
                }

                bool more = isArray.Top ? NextItem(ref isFirst) : NextMember(ref isFirst, out _);
                if (more)
                {
                    break;
                }

                if (Error.IsAny)
                {
                    return false;
                }

                isArray.Pop();
                isFirst = false;
            }
        }
    }

    public static string TooDeep(int maxDepth) => string.Create(
        CultureInfo.InvariantCulture, $"objects and lists are nested deeper than {maxDepth} levels here.");
}
