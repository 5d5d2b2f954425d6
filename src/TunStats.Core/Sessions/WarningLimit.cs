using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace TunStats.Sessions;

/// <summary>
/// Shows the first warning of a kind at once, and further ones once a minute with the number of those in between.
/// </summary>
internal sealed class WarningLimit(TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, State> _states = [];

    /// <summary>The text to show now; null if it is only counted.</summary>
    internal string? Admit(string kind, string text)
    {
        long now = timeProvider.GetTimestamp();
        if (!_states.TryGetValue(kind, out State? state))
        {
            _states[kind] = new State { ShownAt = now };
            return text;
        }

        if (timeProvider.GetElapsedTime(state.ShownAt, now) < Interval)
        {
            state.Held++;
            state.Text = text;
            return null;
        }

        string shown = WithCount(text, state.Held);
        (state.ShownAt, state.Held) = (now, 0);
        return shown;
    }

    /// <summary>The warnings that were only counted, one text per kind.</summary>
    internal IReadOnlyList<string> TakeRest()
    {
        string[] rest = [.. _states.Values.Where(s => s.Held > 0).Select(s => WithCount(s.Text, s.Held - 1))];
        _states.Clear();
        return rest;
    }

    private static string WithCount(string text, long held) => held == 0
        ? text
        : string.Create(CultureInfo.InvariantCulture, $"{text} (and {held} more such warnings since the last)");

    private sealed class State
    {
        internal long ShownAt { get; set; }

        internal long Held { get; set; }

        internal string Text { get; set; } = "";
    }
}
