using System;
using System.Globalization;

namespace TunStats.Polling;

/// <summary>The begin or the end of a condition on the samples of one device. Never changes.</summary>
public sealed class LinkAlert
{
    internal LinkAlert(LinkAlertEvent what, LinkSample sample, DateTime since, TimeSpan duration, ulong rx, ulong tx)
    {
        Event = what;
        Sample = sample;
        Since = since;
        Duration = duration;
        RxDropped = rx;
        TxDropped = tx;
    }

    /// <summary>The device's name.</summary>
    public string Name => Sample.Name;

    /// <summary>Whether the condition began or ended.</summary>
    public LinkAlertEvent Event { get; }

    /// <summary>The time of the sample that decided: wall clock, UTC.</summary>
    public DateTime Timestamp => Sample.Timestamp;

    /// <summary>The time of the first sample that met the condition: wall clock, UTC.</summary>
    public DateTime Since { get; }

    /// <summary>How long the condition has held, by the monotonic clock.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Received packets that were dropped while the condition held.</summary>
    public ulong RxDropped { get; }

    /// <summary>Packets that were dropped before they were sent, while the condition held.</summary>
    public ulong TxDropped { get; }

    /// <summary>The sample that decided.</summary>
    public LinkSample Sample { get; }

    /// <summary>A line for the user.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Event} {Name}: {Duration.TotalSeconds:0.#} s, RxDropped {RxDropped}, TxDropped {TxDropped}");
}
