using TunStats.Netlink;


namespace TunStats.Routes;

/// <summary>The addresses and routes of one device at one instant. Immutable.</summary>
/// <param name="Name">The device's name.</param>
/// <param name="Index">Its index (ifi_index); 0 if it does not exist.</param>
/// <param name="Routes">Its addresses and the routes through it; empty if it does not exist.</param>
/// <param name="Outcome">
/// <see cref="DumpOutcome.Interrupted"/> where routes kept changing during the reading: one may be missing.
/// </param>
internal sealed record DeviceRoutes(string Name, int Index, RouteSet Routes, DumpOutcome Outcome)
{
    /// <summary>Whether there is such a device.</summary>
    public bool IsPresent => Index > 0;

    /// <summary>Name and number of prefixes.</summary>
    public override string ToString() => IsPresent
        ? $"{Name}: {Routes.Routes.Count} prefixes"
        : $"{Name}: not found";
}
