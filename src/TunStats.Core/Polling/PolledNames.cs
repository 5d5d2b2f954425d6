using System;
using System.Collections.Generic;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>The names and wildcards that a poller was given.</summary>
internal sealed class PolledNames
{
    private readonly HashSet<string> _literals = new(StringComparer.Ordinal);
    private readonly List<LinkNamePattern> _patterns = [];

    internal PolledNames(IEnumerable<string> names)
    {
        var literals = new List<string>();
        foreach (string name in names)
        {
            if (LinkNamePattern.HasWildcards(name))
            {
                _patterns.Add(new LinkNamePattern(name));
            }
            else
            {
                string literal = LinkName.Normalize(LinkNamePattern.Unescape(name));
                if (_literals.Add(literal))
                {
                    literals.Add(literal);
                }
            }
        }

        Literals = literals;
    }

    /// <summary>The names without wildcards, each once, in the user's order.</summary>
    internal IReadOnlyList<string> Literals { get; }

    internal bool IsLiteral(string name) => _literals.Contains(name);

    /// <summary>
    /// The name that a device is followed by: its own where that is asked for, else an alternative name that is given
    /// literally; null where nobody asks for it.
    /// </summary>
    internal string? NameOf(in LinkChange device)
    {
        if (Matches(device.Name))
        {
            return device.Name;
        }

        foreach (string name in device.AlternativeNames ?? [])
        {
            if (_literals.Contains(name))
            {
                return name;
            }
        }

        return null;
    }

    private bool Matches(string name)
    {
        if (_literals.Contains(name))
        {
            return true;
        }

        foreach (LinkNamePattern pattern in _patterns)
        {
            if (pattern.IsMatch(name))
            {
                return true;
            }
        }

        return false;
    }
}
