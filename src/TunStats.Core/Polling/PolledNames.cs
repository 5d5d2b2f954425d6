using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>The names and wildcards that a poller was given.</summary>
internal sealed class PolledNames
{
    private readonly HashSet<string> _literals = new(StringComparer.Ordinal);
    private readonly List<LinkNamePattern> _patterns = [];
    private readonly List<string> _undecided = [];

    internal PolledNames(IEnumerable<string> names)
    {
        var literals = new List<string>();
        foreach (string name in names)
        {
            if (LinkNamePattern.HasWildcards(name))
            {
                _patterns.Add(new LinkNamePattern(name));
                _undecided.Add(name);
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

    /// <summary>Whether it is known which wildcards are names.</summary>
    internal bool AreDecided => _undecided.Count == 0;

    /// <summary>
    /// Takes wildcards that are also names of devices for names: once, when devices can first be asked for. A device
    /// that gets such a name later is one more match of the wildcard.
    /// </summary>
    /// <returns>The names that were taken for wildcards before.</returns>
    internal IReadOnlyList<string> Decide(LinkClient client, CancellationToken cancellationToken)
    {
        List<string> names = [];
        while (_undecided.Count > 0)
        {
            string text = _undecided[^1];
            if (client.Select(text, cancellationToken).Wildcard is null)
            {
                _patterns.RemoveAll(pattern => pattern.ToString() == text);
                string literal = LinkName.Normalize(text);
                if (_literals.Add(literal))
                {
                    names.Add(literal);
                }
            }

            _undecided.RemoveAt(_undecided.Count - 1);
        }

        return names;
    }

    internal bool IsLiteral(string name) => _literals.Contains(name);

    /// <summary>
    /// The name that a device is followed by: its own where that is asked for, else an alternative name that is given
    /// literally; null where nobody asks for it.
    /// </summary>
    internal string? NameOf(in LinkChange device) => NameOf(device.Name, device.AlternativeNames);

    /// <summary>Whether somebody asks for a device.</summary>
    internal bool Matches(string name, IReadOnlyList<string> alternatives) => NameOf(name, alternatives) is not null;

    private string? NameOf(string own, IReadOnlyList<string>? alternatives)
    {
        if (Matches(own))
        {
            return own;
        }

        foreach (string name in alternatives ?? [])
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
