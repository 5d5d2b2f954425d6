using System;

namespace TunStats.Links;

/// <summary>
/// A wildcard for interface names, with PowerShell's syntax: <c>*</c> any characters, <c>?</c> one, <c>[a-z]</c> one of
/// a set, a backtick escapes, and <c>[</c> without <c>]</c> is literal. Upper and lower case differ, as they do in
/// interface names. A name that equals the whole pattern matches too.
/// </summary>
internal sealed class LinkNamePattern
{
    private const char Escape = '`';

    private readonly string _pattern;

    /// <summary>Makes a pattern; without wildcards it matches exactly this name.</summary>
    /// <param name="pattern">The pattern.</param>
    public LinkNamePattern(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        _pattern = pattern;
    }

    /// <summary>Whether a text has an unescaped wildcard.</summary>
    /// <param name="text">A name or a pattern.</param>
    public static bool HasWildcards(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case Escape:
                    i++;
                    break;
                case '*' or '?':
                case '[' when text.IndexOf(']', i + 1) > i + 1:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Why a text can be neither a name nor a pattern, as a sentence; null if it can.</summary>
    internal static string? FindFault(string text) => HasWildcards(text) ? null : LinkName.Validate(Unescape(text));

    /// <summary>The name given by a text without wildcards: its backticks are removed.</summary>
    /// <param name="text">A name with escaped wildcards.</param>
    public static string Unescape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains(Escape, StringComparison.Ordinal))
        {
            return text;
        }

        var name = new System.Text.StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            i += text[i] == Escape && i + 1 < text.Length ? 1 : 0;
            name.Append(text[i]);
        }

        return name.ToString();
    }

    /// <summary>Escapes a name, so that the text matches only this name.</summary>
    /// <param name="name">The name.</param>
    public static string EscapeName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var text = new System.Text.StringBuilder(name.Length);
        foreach (char c in name)
        {
            _ = c is Escape or '*' or '?' or '[' ? text.Append(Escape).Append(c) : text.Append(c);
        }

        return text.ToString();
    }

    /// <summary>
    /// Whether the whole name matches. Takes at most time proportional to both lengths; allocates nothing.
    /// </summary>
    /// <param name="name">The name.</param>
    public bool IsMatch(ReadOnlySpan<char> name) => name.SequenceEqual(_pattern) || MatchesSigns(name);

    /// <summary>The original text.</summary>
    public override string ToString() => _pattern;

    private bool MatchesSigns(ReadOnlySpan<char> name)
    {
        // Only the last star needs backtracking: the text before it has matched as early as possible.
        int at = 0, p = 0, starAt = -1, starPattern = -1;
        while (at < name.Length)
        {
            if (p < _pattern.Length && _pattern[p] == '*')
            {
                starPattern = ++p;
                starAt = at;
            }
            else if (p < _pattern.Length && MatchOne(name[at], p, out int next))
            {
                p = next;
                at++;
            }
            else if (starPattern >= 0)
            {
                p = starPattern;
                at = ++starAt;
            }
            else
            {
                return false;
            }
        }

        while (p < _pattern.Length && _pattern[p] == '*')
        {
            p++;
        }

        return p == _pattern.Length;
    }

    private bool MatchOne(char c, int p, out int next)
    {
        char sign = _pattern[p];
        switch (sign)
        {
            case '?':
                next = p + 1;
                return true;
            case '[' when _pattern.IndexOf(']', p + 1) is var end && end > p + 1:
                next = end + 1;
                return InSet(c, _pattern.AsSpan(p + 1, end - p - 1));
            case Escape when p + 1 < _pattern.Length:
                next = p + 2;
                return c == _pattern[p + 1];
            default:
                next = p + 1;
                return c == sign;
        }
    }

    private static bool InSet(char c, ReadOnlySpan<char> set)
    {
        for (int i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                {
                    return true;
                }

                i += 2;
            }
            else if (c == set[i])
            {
                return true;
            }
        }

        return false;
    }
}
