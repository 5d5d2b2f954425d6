using System.Collections.Generic;
using System.Globalization;

namespace TunStats.Links;

/// <summary>One change in the life of a device, as <see cref="LinkWatch"/> saw it.</summary>
public readonly struct LinkChange
{
    /// <summary>What happened.</summary>
    public required LinkChangeKind Kind { get; init; }

    /// <summary>The device's index (ifi_index).</summary>
    public required int Index { get; init; }

    /// <summary>The device's name; where it was renamed, its new one.</summary>
    public required string Name { get; init; }

    /// <summary>The name before; null where it was not renamed.</summary>
    public string? PreviousName { get; init; }

    /// <summary>The further names that it answers to; null where it has none.</summary>
    public IReadOnlyList<string>? AlternativeNames { get; init; }

    /// <summary>The kind of device, as <see cref="LinkInfo.Kind"/> tells it.</summary>
    public required string DeviceKind { get; init; }

    /// <summary>
    /// Tells apart the devices that had the same index one after the other: each device that a watch meets has a number
    /// of its own.
    /// </summary>
    public required long Generation { get; init; }

    /// <summary>
    /// The counters at that instant, which the kernel sends with the event (IFLA_STATS64): 0 in a device just made, the
    /// last ones in a device that goes. Null where the change was found in a listing.
    /// </summary>
    public LinkCounters? Counters { get; init; }

    /// <summary>A sentence for the user.</summary>
    public override string ToString() => Kind switch
    {
        LinkChangeKind.Added => Text($"{Name} (index {Index}, {DeviceKind}) is there."),
        LinkChangeKind.Removed => Text($"{Name} (index {Index}) is gone."),
        LinkChangeKind.Moved => Text($"{Name} (index {Index}) went to another network namespace."),
        LinkChangeKind.AlternativeNamesChanged => AlternativeNames is { Count: > 0 } names
            ? Text($"{Name} (index {Index}) is also called {string.Join(", ", names)} now.")
            : Text($"{Name} (index {Index}) has no alternative name any more."),
        _ => Text($"{PreviousName} (index {Index}) is called {Name} now."),
    };

    private static string Text(System.FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
