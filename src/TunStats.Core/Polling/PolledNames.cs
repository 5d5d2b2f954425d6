using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Links;

namespace TunStats.Polling;

/// <summary>The names and wildcards of a poller.</summary>
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

    /// <summary>Whether the wildcards that are names have been found.</summary>
    internal bool AreDecided => _undecided.Count == 0;

    /// <summary>
    /// Treats wildcards that are also names of devices as names. Done once, when devices can first be listed. A device
    /// that gets such a name later is an ordinary match of the wildcard.
    /// </summary>
    /// <returns>The wildcards that are names.</returns>
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
    /// The name under which a device is tracked: its own if it was requested, else a requested alternative name; null
    /// if the device is not requested.
    /// </summary>
    internal string? NameOf(in LinkChange device) => NameOf(device.Name, device.AlternativeNames);

    /// <summary>Whether a device is requested.</summary>
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
