using System.Collections.Generic;
using System.Globalization;

namespace TunStats.Links;

/// <summary>One change of a device, as <see cref="LinkWatch"/> found it.</summary>
internal readonly struct LinkChange
{
    /// <summary>What happened.</summary>
    public required LinkChangeKind Kind { get; init; }

    /// <summary>The device's index (ifi_index).</summary>
    public required int Index { get; init; }

    /// <summary>The device's name; the new one after a rename.</summary>
    public required string Name { get; init; }

    /// <summary>The previous name; null if it was not renamed.</summary>
    public string? PreviousName { get; init; }

    /// <summary>The alternative names; null if there are none.</summary>
    public IReadOnlyList<string>? AlternativeNames { get; init; }

    /// <summary>The kind of device; see <see cref="LinkInfo.Kind"/>.</summary>
    public required string DeviceKind { get; init; }

    /// <summary>
    /// Distinguishes devices that had the same index in succession: each device of a watch has its own number.
    /// </summary>
    public required long Generation { get; init; }

    /// <summary>
    /// The counters at that instant, sent by the kernel with the event (IFLA_STATS64): 0 for a new device, the final
    /// ones for a removed device. Null if the change was found in a listing.
    /// </summary>
    public LinkCounters? Counters { get; init; }

    /// <summary>A sentence for the user.</summary>
    public override string ToString() => Kind switch
    {
        LinkChangeKind.Added => Text($"{Name} (index {Index}, {DeviceKind}) is present."),
        LinkChangeKind.Removed => Text($"{Name} (index {Index}) is gone."),
        LinkChangeKind.Moved => Text($"{Name} (index {Index}) moved to another network namespace."),
        LinkChangeKind.AlternativeNamesChanged => AlternativeNames is { Count: > 0 } names
            ? Text($"{Name} (index {Index}) now has the alternative names {string.Join(", ", names)}.")
            : Text($"{Name} (index {Index}) no longer has an alternative name."),
        _ => Text($"{PreviousName} (index {Index}) was renamed to {Name}."),
    };

    private static string Text(System.FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
