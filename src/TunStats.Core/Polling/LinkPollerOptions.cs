using System;
using System.Collections.Generic;
using System.Globalization;

namespace TunStats.Polling;

/// <summary>What to poll, and how often.</summary>
internal sealed class LinkPollerOptions
{
    /// <summary>The shortest interval: 100 ms.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest interval: one day.</summary>
    public static readonly TimeSpan MaxInterval = TimeSpan.FromDays(1);

    /// <summary>Names and wildcards of devices. A missing name is waited for.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The time from tick to tick; default 15 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The number of ticks after which the poller ends; null for no limit.</summary>
    public long? MaxPolls { get; init; }

    /// <summary>The network namespace: a name, a path or a process id; null for the own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>
    /// Whether samples hold <see cref="Links.DetailedLinkStats"/>, and metrics too; takes two more dumps per poll.
    /// </summary>
    public bool IsDetailed { get; init; }

    /// <summary>Receives the totals for Prometheus after each poll; null for none.</summary>
    public PollerMetrics? Metrics { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One is out of its range; the message says which and what is valid
    /// </exception>
    public void Validate()
    {
        if (FindFault() is { } fault)
        {
            throw new ArgumentException(fault.Message, fault.Option);
        }
    }

    /// <summary>The first option that is out of its range, and what is valid; null if there is none.</summary>
    internal (string Message, string Option)? FindFault()
    {
        if (Names.Count == 0)
        {
            return ("No device to poll: give a name or a wildcard.", nameof(Names));
        }

        foreach (string name in Names)
        {
            if (Links.LinkNamePattern.FindFault(name) is { } why)
            {
                return (why, nameof(Names));
            }
        }

        if (Interval < MinInterval || Interval > MaxInterval)
        {
            return (
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"An interval of {Interval.TotalSeconds} s is out of range: it may be from 0.1 s to 1 day."),
                nameof(Interval));
        }

        return MaxPolls < 1 ? ("The number of samples must be 1 or more.", nameof(MaxPolls)) : null;
    }
}
